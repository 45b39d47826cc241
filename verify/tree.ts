import { hash } from 'node:crypto';

/** Hashing of RFC 6962 §2.1, and nothing else. */
export const HASH_BYTES = 32;

export function leafHash(entry: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(entry.length + 1);
  bytes[0] = 0;
  bytes.set(entry, 1);
  return hash('sha256', bytes, 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return hash('sha256', bytes, 'buffer');
}

/**
 * The roots of a tree that grows by one hash after another: whole subtrees are folded as soon as they have a twin, so it
 * keeps one hash a level.
 */
export function growingRoot(): { push(leaf: Buffer): void; root(): Buffer } {
  const stack: { hash: Buffer; height: number }[] = [];
  return {
    push(leaf) {
      let top = { hash: leaf, height: 0 };
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

/** Root over 256 hashes or fewer that lie side by side. */
export function rootOfMany(hashes: Buffer): Buffer {
  const tree = growingRoot();
  for (let at = 0; at < hashes.length; at += HASH_BYTES)
    tree.push(hashes.subarray(at, at + HASH_BYTES));
  return tree.root();
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
