import { VAULT_CHANGES_MAX } from '#plane/ledger';
import type { LeafBody } from '#plane/ledger';
import type { MaskKey } from '#engines/crypto';
import { recordDigest } from '../leaf.ts';

type WrittenLeaf = LeafBody<'vault-written'>;
/** A record that is there no more has version 0. */
export type ChangedRecord = { readonly id: string; readonly version: number };

/** The leaves of one write to one table: one, or as many as it takes to name the records that were there before. */
export function writtenLeaves(
  index: MaskKey,
  leaf: Omit<WrittenLeaf, 'changed'>,
  changed: readonly ChangedRecord[],
): readonly WrittenLeaf[] {
  const named = changed.map(({ id, version }) => ({ record: recordDigest(index, id), version }));
  const first: WrittenLeaf = { ...leaf, changed: named.slice(0, VAULT_CHANGES_MAX) };
  const leaves = [first];
  for (let at = VAULT_CHANGES_MAX; at < named.length; at += VAULT_CHANGES_MAX) {
    leaves.push({
      ...leaf,
      records: 0,
      tokens: 0,
      changed: named.slice(at, at + VAULT_CHANGES_MAX),
    });
  }
  return leaves;
}
