import type { LeafBody } from '#plane/ledger';
import type { Transaction } from '#platform/db';

export type KeyLeaf = LeafBody<
  'key-created' | 'key-rolled' | 'key-unwrapped' | 'key-refused' | 'key-rewrapped' | 'key-destroyed'
>;
export type Actor = KeyLeaf['actor'];

/**
 * Writes a leaf and answers its index: within the transaction when one is given, else by itself, resolving when it is
 * durable. When it throws, the key is not made, rolled, unwrapped or destroyed.
 */
export type KeyRecorder = (
  leaf: KeyLeaf,
  tx: Transaction | null,
) => Promise<{ readonly index: number }>;
