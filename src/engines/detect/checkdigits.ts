/** Sums of check digits, each over a text of the right length and characters. */

const ZERO = 0x30;

/** ISO/IEC 7812-1 annex B: cards, Canadian SIN, NPI with its prefix. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - ZERO;
    sum += i % 2 === 0 ? digit : ((2 * digit) % 10) + Number(digit > 4);
  }
  return digits.length > 0 && sum % 10 === 0;
}

/** The sum of the characters' values, each times its weight. */
export function weighed(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * Number(digits[i] ?? 0), 0);
}

const D5 = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
] as const;
const PERMUTED = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
  [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
  [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
  [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
  [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
  [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
  [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
] as const;

/** Verhoeff, "Error Detecting Decimal Codes" (1969): Aadhaar. */
export function isVerhoeff(digits: string): boolean {
  let state = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    state = D5[state]?.[PERMUTED[i % 8]?.[digit] ?? 0] ?? 0;
  }
  return digits.length > 0 && state === 0;
}

/** ISO/IEC 7064, MOD 11,10: German tax numbers and VAT ids. */
export function isMod1110(digits: string): boolean {
  let product = 10;
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits.at(-1));
}

/** The check digit of the EAN (GS1), which Swiss AHV numbers have, too. */
export function isEan13(digits: string): boolean {
  return weighed(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0;
}

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32_STEPS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

/** BIP 173 and BIP 350: SegWit addresses of Bitcoin, in small letters. */
export function isBech32(address: string): boolean {
  const split = address.lastIndexOf('1');
  const [head, data] = [address.slice(0, split), address.slice(split + 1)];
  const values = [
    ...Array.from(head, (letter) => letter.charCodeAt(0) >> 5),
    0,
    ...Array.from(head, (letter) => letter.charCodeAt(0) & 31),
    ...Array.from(data, (letter) => BECH32.indexOf(letter)),
  ];
  if (split < 1 || data.length < 6 || values.includes(-1)) return false;
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (const [i, step] of BECH32_STEPS.entries()) if (((top >> i) & 1) === 1) sum ^= step;
  }
  return sum === 1 || sum === 0x2bc830a3;
}
