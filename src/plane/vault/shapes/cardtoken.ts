import { Problem } from '#base/problem';
import { numberBelow } from './entropy.ts';
import type { Draw } from './entropy.ts';

const [DIGITS_MIN, DIGITS_MAX] = [12, 19];
const [HEAD, TAIL] = [6, 4];
/** FF1 takes no domain below a million: six digits. */
const FF1_DIGITS_MIN = 6;
/** One middle in ten has a right check digit; missing it this often is not going to happen. */
const WALKS_MAX = 10_000;

/**
 * A token of a card number: first six and last four digits stay, the digits between are encrypted format-preservingly
 * where there are six or more (walking the cycle until the check digit, which stays, is right), else drawn. Separators
 * stay. Throws `invalid` for what is no card number.
 */
export function cardToken({ text, entropy, format }: Draw): string {
  const digits = Array.from(text.replaceAll(/[ -]/gu, ''), Number);
  if (!/^[\d -]+$/u.test(text) || digits.length < DIGITS_MIN || digits.length > DIGITS_MAX) {
    throw new Problem('invalid', `card number expected ${DIGITS_MIN} to ${DIGITS_MAX} digits`);
  }
  const middle = Uint16Array.from(digits.slice(HEAD, -TAIL));
  const whole = () => [...digits.slice(0, HEAD), ...middle, ...digits.slice(-TAIL)];
  for (let walk = 0; walk < WALKS_MAX; walk++) {
    if (format !== null && middle.length >= FF1_DIGITS_MIN) format.ff1(middle, 10);
    else for (const [i] of middle.entries()) middle[i] = Number(numberBelow(entropy, 10n));
    if (luhn(whole())) return inPlace(text, whole());
  }
  throw new Problem('internal', 'no card token with a right check digit was found');
}

/** Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B). */
function luhn(digits: readonly number[]): boolean {
  const sum = digits.toReversed().reduce((total, digit, i) => {
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

function inPlace(text: string, digits: readonly number[]): string {
  let next = 0;
  return text.replaceAll(/\d/gu, () => String(digits[next++]));
}
