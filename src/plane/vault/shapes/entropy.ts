/** Where a token's characters come from: fresh randomness, or bytes that a value and a key determine. */
export type Entropy = { bytes(sizeBytes: number): Uint8Array };

/** Encrypts numerals of a radix format-preservingly (FF1) under the key of a token space. */
type FormatKey = {
  readonly ff1: (numerals: Uint16Array, radix: number) => void;
};

/** What a token is drawn for: the value's text, and what decides which it is. */
export type Draw = {
  readonly text: string;
  readonly entropy: Entropy;
  /** The key of format-preserving encryption for deterministic tokens, null for random ones. */
  readonly format: FormatKey | null;
};

/** More bits than the bound has: what is left of the bias is nobody's to find. */
const SPARE_BYTES = 8;

/** A number from 0 to one less than the bound. */
export function numberBelow(entropy: Entropy, bound: bigint): bigint {
  const sizeBytes = Math.ceil(bound.toString(16).length / 2) + SPARE_BYTES;
  const hex = Buffer.from(entropy.bytes(sizeBytes)).toString('hex');
  return BigInt(`0x${hex}`) % bound;
}
