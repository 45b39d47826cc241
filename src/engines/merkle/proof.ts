import { assert } from '#base/assert';
import { equalConstantTime } from '#base/bytes';
import { emptyRoot, nodeHash } from './hash.ts';
import { splitOf } from './range.ts';
import type { Range } from './range.ts';

/** The head of a tree: how many leaves, and the hash over them. */
export type TreeHead = { readonly size: number; readonly root: Uint8Array };

/**
 * Ranges whose hashes are the inclusion proof of a leaf in a tree of that size (RFC 6962 §2.1.1), from the leaf's
 * sibling up; throws `internal` when there is no such leaf.
 */
export function inclusionRanges(index: number, size: number): readonly Range[] {
  assert(index >= 0 && index < size, 'inclusion proof expected a leaf of the tree');
  const path: Range[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
    }
  }
  return path.toReversed();
}

/**
 * Ranges whose hashes prove that the tree of `size` leaves continues that of `old` (RFC 6962 §2.1.2); none when `old` is
 * 0 or both are equal.
 */
export function consistencyRanges(old: number, size: number): readonly Range[] {
  assert(old >= 0 && old <= size, 'consistency proof expected the smaller tree first');
  if (old === 0 || old === size) return [];
  const path: Range[] = [];
  let [from, to] = [0, size];
  // Whether the subtree in hand is the old tree itself, which whoever checks knows already.
  let isOld = true;
  while (old !== to) {
    const middle = from + splitOf(to - from);
    if (old <= middle) {
      path.push({ from: middle, to });
      to = middle;
    } else {
      path.push({ from, to: middle });
      from = middle;
      isOld = false;
    }
  }
  if (!isOld) path.push({ from, to });
  return path.toReversed();
}

export type Inclusion = TreeHead & { readonly index: number; readonly leaf: Uint8Array };

/** Whether the hashes prove that the leaf hash stands at the index (RFC 9162 §2.1.3.2). */
export function provesInclusion(proof: readonly Uint8Array[], claim: Inclusion): boolean {
  if (claim.index < 0 || claim.index >= claim.size) return false;
  let [node, last] = [claim.index, claim.size - 1];
  let hash = claim.leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equalConstantTime(hash, claim.root);
}

/** Whether the hashes prove that the second tree continues the first (RFC 9162 §2.1.4.2). */
export function provesConsistency(
  proof: readonly Uint8Array[],
  first: TreeHead,
  second: TreeHead,
): boolean {
  if (first.size > second.size) return false;
  if (first.size === 0) return proof.length === 0 && equalConstantTime(first.root, emptyRoot());
  if (first.size === second.size) {
    return proof.length === 0 && equalConstantTime(first.root, second.root);
  }
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof;
  let [node, last] = [first.size - 1, second.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  const [start, ...rest] = path;
  if (start === undefined) return false;
  let [firstHash, secondHash] = [start, start];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      firstHash = nodeHash(sibling, firstHash);
      secondHash = nodeHash(sibling, secondHash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else {
      secondHash = nodeHash(secondHash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  return (
    last === 0 &&
    equalConstantTime(firstHash, first.root) &&
    equalConstantTime(secondHash, second.root)
  );
}

/** Not a shift: sizes go beyond 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(size: number): boolean {
  return size === 1 || splitOf(size) * 2 === size;
}
