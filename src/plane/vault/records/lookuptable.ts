import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { Lookup } from './lookups.ts';
import { pgArray } from '../pgarray.ts';
import type { StoredLookup } from './recordbody.ts';

const INSERT = statement(import.meta.url, '../sql/lookupinsert.sql');
const TAKEN = statement(import.meta.url, '../sql/lookuptaken.sql');
const DELETE = statement(import.meta.url, '../sql/lookupdelete.sql');
const CONFLICTS = statement(import.meta.url, '../sql/lookupconflicts.sql');
const MAKE_UNIQUE = statement(import.meta.url, '../sql/lookupmakeunique.sql');
const DROP_SPACE = statement(import.meta.url, '../sql/lookupdropspace.sql');
const FIND = statement(import.meta.url, '../sql/lookupfind.sql');

/** A lookup and the record it leads to. */
export type LookupRow = Lookup & { readonly record: string; readonly table: number };

/**
 * Adds lookups; gives those that could not be added because another record has the unique value. Waits for writers of
 * the same values to end. In the order of their digests, so that two writers never wait for each other in a ring.
 */
export async function insertLookups(
  tx: Transaction,
  lookups: readonly LookupRow[],
): Promise<readonly LookupRow[]> {
  if (lookups.length === 0) return [];
  const rows = lookups.toSorted(
    (left, right) => left.space - right.space || Buffer.compare(left.digest, right.digest),
  );
  const values = [
    pgArray(rows.map(({ space }) => space)),
    Buffer.concat(rows.map(({ digest }) => digest)), // as one: an array of bytes travels as hex
    pgArray(rows.map(({ record }) => record)),
    pgArray(rows.map(({ table }) => table)),
    pgArray(rows.map(({ unique }) => unique)),
  ];
  const { rowCount } = await tx.query({ name: 'vault-lookup-insert', text: INSERT, values });
  if (rowCount === rows.length) return [];
  const { rows: taken } = await tx.query<{ position: number }>(TAKEN, values.slice(0, 3));
  const positions = new Set(taken.map(({ position }) => position));
  return rows.filter((_, i) => positions.has(i + 1));
}

/** Takes lookups of records away. */
export async function deleteLookups(
  tx: Transaction,
  lookups: readonly (StoredLookup & { readonly record: string })[],
): Promise<void> {
  if (lookups.length === 0) return;
  await tx.query(DELETE, [
    lookups.map(({ space }) => space),
    lookups.map(({ digest }) => digest),
    lookups.map(({ record }) => record),
  ]);
}

/** Groups of records that share a value of the space, at most `limit`. */
export async function sharedValues(
  db: Queryable,
  space: number,
  limit: number,
): Promise<readonly (readonly string[])[]> {
  const { rows } = await db.query<{ records: string[] }>(CONFLICTS, [space, limit]);
  return rows.map(({ records }) => records);
}

/** Lets each value of the space be in one record only, or in many. */
export async function makeUnique(tx: Transaction, space: number, unique: boolean): Promise<void> {
  await tx.query(MAKE_UNIQUE, [space, unique]);
}

/** Takes every lookup of a space away. */
export async function dropSpace(tx: Transaction, space: number): Promise<void> {
  await tx.query(DROP_SPACE, [space]);
}

/** What a lookup led to. */
export type Found = { readonly position: number; readonly record: string; readonly table: number };

/** The records that digests of one space lead to, in the order of the digests; at most `limit`. */
export async function findLookups(
  db: Queryable,
  wanted: {
    readonly space: number;
    readonly digests: readonly Uint8Array[];
    readonly limit: number;
  },
): Promise<readonly Found[]> {
  const { rows } = await db.query<Found>({
    name: 'vault-lookup-find',
    text: FIND,
    values: [wanted.space, Buffer.concat(wanted.digests), wanted.limit],
  });
  return rows;
}
