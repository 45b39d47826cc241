import { hash } from 'node:crypto';

/** Bytes of a hash of the tree: SHA-256. */
export const HASH_BYTES = 32;
const [LEAF_PREFIX, NODE_PREFIX] = [0x00, 0x01];

/** The hash of an entry: SHA-256(0x00 ‖ entry), RFC 6962 §2.1. */
export function leafHash(entry: Uint8Array | string): Uint8Array {
  const sizeBytes = Buffer.byteLength(entry);
  const bytes = Buffer.allocUnsafe(sizeBytes + 1);
  bytes[0] = LEAF_PREFIX;
  if (typeof entry === 'string') bytes.write(entry, 1, 'utf8');
  else bytes.set(entry, 1);
  return digestOf(bytes);
}

/** The hash over two others: SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  bytes[0] = NODE_PREFIX;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return digestOf(bytes);
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return hash('sha256', new Uint8Array(), 'buffer');
}

/** By way of a text: a digest that comes as bytes is an array of its own, and costs twice as much. */
function digestOf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}
