import { Problem } from '#base/problem';
import { numberBelow } from './entropy.ts';
import type { Draw } from './entropy.ts';

/** SP 800-38G Rev. 1 §5: FF1 takes no domain below a million. */
const DOMAIN_MIN = 1_000_000;
const DIGIT = /^\d$/u;
const LOWER = /^[a-z]$/u;
const UPPER = /^[A-Z]$/u;
const CLASSES = [
  { pattern: DIGIT, first: '0'.charCodeAt(0), radix: 10 },
  { pattern: LOWER, first: 'a'.charCodeAt(0), radix: 26 },
  { pattern: UPPER, first: 'A'.charCodeAt(0), radix: 26 },
] as const;

/**
 * A token in which each digit is a digit, each letter a letter of its case, and everything else as it was: phone numbers
 * and national ids keep their shape. Throws `invalid` for a value with fewer than a million such tokens.
 */
export function sameShapeToken({ text, entropy, format }: Draw): string {
  const characters = Array.from(text);
  let tokens = 1;
  for (const { pattern, radix } of CLASSES) {
    tokens *= radix ** characters.filter((one) => pattern.test(one)).length;
  }
  if (tokens < DOMAIN_MIN) {
    throw new Problem('invalid', 'value is too short for a token of its own shape', {
      hint: 'it needs about six letters and digits; give the column UUID or pattern tokens',
    });
  }
  for (const { pattern, first, radix } of CLASSES) {
    const places = characters.flatMap((one, place) => (pattern.test(one) ? [place] : []));
    const numerals = Uint16Array.from(
      places,
      (place) => characters[place]?.charCodeAt(0) ?? first,
    ).map((code) => code - first);
    if (format !== null && radix ** places.length >= DOMAIN_MIN) format.ff1(numerals, radix);
    else
      for (const [i] of numerals.entries())
        numerals[i] = Number(numberBelow(entropy, BigInt(radix)));
    for (const [i, place] of places.entries()) {
      characters[place] = String.fromCharCode(first + (numerals[i] ?? 0));
    }
  }
  return characters.join('');
}
