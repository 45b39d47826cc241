import { hash } from 'node:crypto';
import { utf8 } from '#base/bytes';

/** How far the ledger goes: `size` leaves, the last of which has this chain value (32 bytes). */
export type Head = { readonly size: number; readonly chain: Uint8Array };

/** A leaf in its place, without its details. */
export type Link = {
  readonly index: number;
  readonly entry: string;
  readonly leafHash: Uint8Array;
  readonly chain: Uint8Array;
};

const LEAF_PREFIX = 0x00;
const HASH_BYTES = 32;

/** The chain value before the first leaf: binds a ledger to its plane, so that one cannot stand in for another. */
export function genesis(plane: string): Uint8Array {
  return sha256(utf8(`privet-ledger/v1\n${plane}`));
}

/** SHA-256(0x00 ‖ entry): a leaf of RFC 6962 §2.1, so that a Merkle log can take the same entries later. */
export function leafHash(entry: string): Uint8Array {
  const sizeBytes = Buffer.byteLength(entry);
  const bytes = Buffer.allocUnsafe(sizeBytes + 1);
  bytes[0] = LEAF_PREFIX;
  bytes.write(entry, 1, 'utf8');
  return sha256(bytes);
}

/** SHA-256(previous chain ‖ leaf hash). */
export function nextChain(previous: Uint8Array, leaf: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(2 * HASH_BYTES);
  bytes.set(previous, 0);
  bytes.set(leaf, HASH_BYTES);
  return sha256(bytes);
}

/** The entries as links that continue the head. */
export function linksFrom(head: Head, entries: readonly string[]): readonly Link[] {
  let chain = head.chain;
  return entries.map((entry, i) => {
    const leaf = leafHash(entry);
    chain = nextChain(chain, leaf);
    return { index: head.size + i, entry, leafHash: leaf, chain };
  });
}

/** By way of a text: a digest that comes as bytes is an array of its own, and costs twice as much. */
function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}
