/** The Luhn check digit that makes `digits` followed by it valid (ISO/IEC 7812-1 annex B). */
export function luhnDigit(digits: string): string {
  const sum = Array.from(digits, Number)
    .toReversed()
    .reduce((total, digit, index) => {
      const doubled = digit * (index % 2 === 0 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

/** Whether the last digit is the Luhn check digit of those before it. */
export function luhnHolds(digits: string): boolean {
  return luhnDigit(digits.slice(0, -1)) === digits.slice(-1);
}

/** The IBAN of a country's account number, with its two check digits (ISO 13616, ISO 7064 MOD 97-10). */
export function iban(country: string, account: string): string {
  const check = 98 - remainder97(`${account}${country}00`);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}

/** Whether an IBAN's check digits fit. */
export function ibanHolds(text: string): boolean {
  return remainder97(`${text.slice(4)}${text.slice(0, 4)}`) === 1;
}

/** The number a text stands for with A = 10 … Z = 35, modulo 97, a character at a time so that no number grows. */
function remainder97(text: string): number {
  let rest = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

const LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/**
 * A person number of Exampleland, a country that does not exist: `XE`, eight digits, and a check letter that is
 * the number modulo 23 (the rule of several real countries, so that a detector of check letters has work to do).
 */
export function personNumber(serial: number): string {
  const digits = String(serial).padStart(8, '0');
  return `XE${digits}${LETTERS[serial % LETTERS.length]}`;
}

/** Whether a person number's letter fits its digits. */
export function personNumberHolds(text: string): boolean {
  return /^XE\d{8}[A-Z]$/u.test(text) && personNumber(Number(text.slice(2, 10))) === text;
}
