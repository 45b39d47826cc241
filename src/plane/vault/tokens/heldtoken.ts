import { equalConstantTime } from '#base/bytes';
import type { Queryable } from '#platform/db';
import type { KeyBag } from '../keys/keybag.ts';
import { findLookups } from '../records/lookuptable.ts';
import { recordsById, wholeRecords } from '../records/recordtable.ts';
import type { TokenPolicy, VaultSchema } from '../schema/schema.ts';
import { tokenDigest } from './tokenname.ts';

/** A token by what the database knows of it. */
export type TokenTrace = {
  readonly space: TokenPolicy['space'];
  readonly valueDigest: Uint8Array;
  readonly digest: Uint8Array;
};

/** Reads a deterministic token that was brought along from a record that holds it: it cannot be drawn again. */
export type HeldTokenOf = (db: Queryable, trace: TokenTrace) => Promise<string | null>;

/** As many records with the value are looked at: some may be those of the very write that asks, and not there yet. */
const CANDIDATES = 100;

export function heldTokenOf(bag: KeyBag, vault: VaultSchema): HeldTokenOf {
  return async (db, { space, valueDigest, digest }) => {
    const wanted = { space, digests: [valueDigest], limit: CANDIDATES };
    const groups = Map.groupBy(await findLookups(db, wanted), ({ table }) => table);
    for (const [number, places] of groups) {
      const table = vault.tables.find((one) => one.number === number);
      if (table === undefined) continue;
      const ids = places.map(({ record }) => record);
      const stored = wholeRecords(await recordsById(db, table, ids));
      const held = bag
        .opened(table, stored)
        .flatMap((opened) => (opened.kind === 'record' ? opened.record.tokens() : []))
        .filter((one) => one.space === space);
      const found = held.find(({ token }) =>
        equalConstantTime(tokenDigest(bag.index, token), digest),
      );
      if (found !== undefined) return found.token;
    }
    return null;
  };
}
