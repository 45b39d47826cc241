import { assert } from '#base/assert';
import { nodeHash } from './hash.ts';

/** Leaves from `from` up to, not including, `to`. */
export type Range = { readonly from: number; readonly to: number };

/** A perfect subtree: the leaves `[index · 2^height, (index + 1) · 2^height)`. */
export type Subtree = { readonly height: number; readonly index: number };

/** Largest power of two below n, for n > 1: where RFC 6962 §2.1 splits a tree. */
export function splitOf(size: number): number {
  assert(size > 1, 'split expected two leaves or more');
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/**
 * Perfect subtrees that make up the range, from left to right. The range must be one that RFC 6962 takes the hash of:
 * `from` is a multiple of the smallest power of two that is not below its size.
 */
export function subtreesOf(range: Range): readonly Subtree[] {
  const found: Subtree[] = [];
  let at = range.from;
  while (at < range.to) {
    let [size, height] = [1, 0];
    while (at + size * 2 <= range.to && at % (size * 2) === 0) {
      size *= 2;
      height += 1;
    }
    found.push({ height, index: at / size });
    at += size;
  }
  return found;
}

/** The hash of a range, from the hashes of its perfect subtrees in order. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  assert(last !== undefined, 'range expected a leaf');
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The hash of a perfect subtree, from the hashes of its leaves or of equal subtrees of it. */
export function foldPerfect(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes;
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      nodeHash(row[2 * i] as Uint8Array, row[2 * i + 1] as Uint8Array),
    );
  }
  const root = row[0];
  assert(root !== undefined, 'subtree expected a leaf');
  return root;
}
