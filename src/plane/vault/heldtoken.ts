import type { Queryable } from '#platform/db';
import type { KeyBag } from './keybag.ts';
import { findLookups } from './lookuptable.ts';
import { recordsById, wholeRecords } from './recordtable.ts';
import type { VaultSchema } from './schema.ts';

/** Reads a deterministic token that was brought along from a record that holds it: it cannot be drawn again. */
export type HeldTokenOf = (
  db: Queryable,
  space: number,
  valueDigest: Uint8Array,
) => Promise<string | null>;

export function heldTokenOf(bag: KeyBag, vault: VaultSchema): HeldTokenOf {
  return async (db, space, digest) => {
    const found = await findLookups(db, { space, digests: [digest], limit: 1 });
    const place = found[0];
    const table = vault.tables.find(({ number }) => number === place?.table);
    if (place === undefined || table === undefined) return null;
    const stored = await recordsById(db, table, [place.record]);
    const opened = bag.opened(table, wholeRecords(stored))[0];
    if (opened?.kind !== 'record') return null;
    return opened.record.tokens().find((held) => held.space === space)?.token ?? null;
  };
}
