import { hash } from 'node:crypto';

/** Hashing of RFC 6962 §2.1, and nothing else. */
export const HASH_BYTES = 32;

export function leafHash(entry: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(entry.length + 1);
  bytes[0] = 0;
  bytes.set(entry, 1);
  return digestOf(bytes);
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return digestOf(pair);
}

/** By way of a text: a digest that comes as bytes is an array of its own, and costs twice as much. */
function digestOf(bytes: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}

/**
 * The roots of a tree that grows by one hash after another: whole subtrees are folded as soon as they have a twin, so it
 * keeps one hash a level. A whole subtree may be pushed as its root, where the tree ends on its border.
 */
export function growingRoot(): { push(leaf: Buffer, height?: number): void; root(): Buffer } {
  const stack: { hash: Buffer; height: number }[] = [];
  return {
    push(leaf, height = 0) {
      let top = { hash: leaf, height };
      for (let last = stack.at(-1); last?.height === top.height; last = stack.at(-1)) {
        stack.pop();
        top = { hash: nodeHash(last.hash, top.hash), height: top.height + 1 };
      }
      stack.push(top);
    },
    root() {
      const [last, ...rest] = stack.toReversed().map((one) => one.hash);
      if (last === undefined) return hash('sha256', '', 'buffer');
      return rest.reduce((right, left) => nodeHash(left, right), last);
    },
  };
}

/** Root over the hashes of a full tile, which lie side by side. */
export function rootOfTile(tile: Buffer): Buffer {
  const hashes = Buffer.from(tile);
  for (let size = hashes.length; size > HASH_BYTES; size /= 2) {
    for (let at = 0; at < size; at += 2 * HASH_BYTES) {
      hashes.copy(pair, 1, at, at + 2 * HASH_BYTES);
      hashes.write(hash('sha256', pair, 'binary'), at / 2, 'latin1');
    }
  }
  return hashes.subarray(0, HASH_BYTES);
}

/** The root an inclusion proof leads to (RFC 9162 §2.1.3.2); null when it has too few or too many hashes. */
export function rootFromProof(
  at: { readonly index: number; readonly size: number },
  leaf: Buffer,
  proof: readonly Buffer[],
): Buffer | null {
  let [node, last] = [at.index, at.size - 1];
  let root = leaf;
  for (const sibling of proof) {
    if (last === 0) return null;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(sibling, root);
      while (node % 2 === 0 && node !== 0)
        [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    } else {
      root = nodeHash(root, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 ? root : null;
}
