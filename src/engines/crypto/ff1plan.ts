import { concat } from '#base/bytes';
import { BLOCK_BYTES, viewOf } from './blocks.ts';
import type { BlockCipher } from './blocks.ts';

/** What FF1 computes from radix, tweak and length alone; names are those of SP 800-38G, algorithm 7. */
export type LengthPlan = {
  /** `short`: a half fits 32 bits and Q one block, so a round is one AES block and a few operations. */
  readonly kind: 'short' | 'long';
  readonly radix: number;
  /** Numerals in the value and in its halves. */
  readonly n: number;
  readonly u: number;
  readonly v: number;
  /** Bytes of a half as a number, and bytes of the round's output that are used. */
  readonly b: number;
  readonly d: number;
  /** Q without its round number and NUM(B): tweak and zeroes. */
  readonly q: Uint8Array;
  /** AES(P): the state after the first block of every PRF call. */
  readonly p: Uint8Array;
};

/** One run of values of equal length: their places in the batch. */
export type Group = { readonly plan: LengthPlan; readonly places: Uint32Array };

/** Halves, and what they are reduced by, must be below this to be words. */
const SHORT_HALF_END = 2n ** 32n;

/** The plan of one length. */
export function lengthPlan(
  {
    radix,
    tweak,
    length: n,
  }: { readonly radix: number; readonly tweak: Uint8Array; readonly length: number },
  cipher: BlockCipher,
): LengthPlan {
  const u = Math.floor(n / 2);
  const v = n - u;
  const halves = BigInt(radix) ** BigInt(v);
  // ceil(v * log2(radix)) is the number of bits of the largest half; exact, where logarithms are not
  const b = Math.ceil((halves - 1n).toString(2).length / 8);
  const d = 4 * Math.ceil(b / 4) + 4;
  const sizeQ = Math.ceil((tweak.length + b + 1) / BLOCK_BYTES) * BLOCK_BYTES;
  const q = concat(tweak, new Uint8Array(sizeQ - tweak.length));
  const p = cipher.encrypt(blockP({ radix, u, n, tweakBytes: tweak.length })).slice();
  const kind = halves < SHORT_HALF_END && sizeQ === BLOCK_BYTES ? 'short' : 'long';
  return { kind, radix, n, u, v, b, d, q, p };
}

/** P of SP 800-38G algorithm 7, step 5: [1] [2] [1] [radix]3 [10] [u mod 256] [n]4 [t]4. */
function blockP(facts: {
  readonly radix: number;
  readonly u: number;
  readonly n: number;
  readonly tweakBytes: number;
}): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const view = viewOf(block);
  view.setUint8(0, 1);
  view.setUint8(1, 2);
  view.setUint8(2, 1);
  view.setUint32(3, facts.radix * 256 + 10);
  view.setUint8(7, facts.u & 0xff);
  view.setUint32(8, facts.n);
  view.setUint32(12, facts.tweakBytes);
  return block;
}
