/**
 * Numerals of many values, packed: value `i` is `digits[starts[i]]` to `digits[starts[i + 1]]`, each below the radix,
 * most significant first.
 */
export type DigitBatch = { readonly digits: Uint16Array; readonly starts: Uint32Array };

export type Direction = 'encrypt' | 'decrypt';
