import { Problem } from '#base/problem';
import { sqlStateOf, statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { Address } from '#plane/sources';
import type { ObserveFault } from '../fault.ts';

const LIST = statement(import.meta.url, '../sql/list-warehouses.sql');
const INSERT = statement(import.meta.url, '../sql/insert-warehouse.sql');
const DELETE = statement(import.meta.url, '../sql/delete-warehouse.sql');
const NOTE = statement(import.meta.url, '../sql/note-warehouse.sql');

/** Where a warehouse is. */
export type Place =
  | (Omit<Address, 'user'> & { readonly kind: 'postgresql'; readonly authorities: string | null })
  | { readonly kind: 'duckdb'; readonly path: string };

export type WarehouseRow = {
  readonly name: string;
  readonly place: Place;
  /** Schema the results go to. */
  readonly results: string;
  readonly mode: 'push' | 'pull';
  /** The results are those of the Elementary dbt package. */
  readonly elementary: boolean;
  readonly collector: Role | null;
  readonly reader: Role | null;
  readonly reachDigest: string | null;
  readonly state: 'ok' | 'down' | 'refused';
  readonly fault: ObserveFault | null;
  readonly lookedAtMs: number | null;
  readonly registeredBy: string;
  readonly registeredAtMs: number;
};

/** A role in the warehouse with its sealed password. */
export type Role = { readonly user: string; readonly password: Uint8Array | null };

type Row = {
  readonly name: string;
  readonly place: Place;
  readonly results: string;
  readonly mode: WarehouseRow['mode'];
  readonly elementary: boolean;
  readonly collector_role: string | null;
  readonly collector_password: Uint8Array | null;
  readonly reader_role: string | null;
  readonly reader_password: Uint8Array | null;
  readonly reach_digest: string | null;
  readonly state: WarehouseRow['state'];
  readonly fault: ObserveFault | null;
  readonly looked_at_ms: string | null;
  readonly registered_by: string;
  readonly registered_at_ms: string;
};

export async function listWarehouses(
  db: Queryable,
  name?: string,
): Promise<readonly WarehouseRow[]> {
  const { rows } = await db.query<Row>(LIST, [name ?? null]);
  return rows.map((row) => ({
    name: row.name,
    place: row.place,
    results: row.results,
    mode: row.mode,
    elementary: row.elementary,
    collector: roleOf(row.collector_role, row.collector_password),
    reader: roleOf(row.reader_role, row.reader_password),
    reachDigest: row.reach_digest,
    state: row.state,
    fault: row.fault,
    lookedAtMs: row.looked_at_ms === null ? null : Number(row.looked_at_ms),
    registeredBy: row.registered_by,
    registeredAtMs: Number(row.registered_at_ms),
  }));
}

function roleOf(user: string | null, password: Uint8Array | null): Role | null {
  return user === null ? null : { user, password };
}

/** One warehouse; throws `not-found`. */
export async function findWarehouse(db: Queryable, name: string): Promise<WarehouseRow> {
  const [found] = await listWarehouses(db, name);
  if (found !== undefined) return found;
  throw new Problem('not-found', `no warehouse is called \`${name.slice(0, 63)}\``, {
    hint: '`privet observe warehouse list` shows those there are',
  });
}

/** Throws `conflict` when the name is taken. */
export async function insertWarehouse(db: Queryable, row: WarehouseRow): Promise<void> {
  try {
    await db.query(INSERT, [
      row.name,
      row.place.kind,
      JSON.stringify(row.place),
      row.results,
      row.mode,
      row.collector?.user ?? null,
      row.collector?.password ?? null,
      row.reader?.user ?? null,
      row.reader?.password ?? null,
      row.reachDigest,
      row.registeredAtMs,
      row.registeredBy,
      row.elementary,
    ]);
  } catch (cause) {
    if (sqlStateOf(cause) !== '23505') throw cause;
    throw new Problem('conflict', `warehouse \`${row.name}\` is registered already`, { cause });
  }
}

export async function deleteWarehouse(db: Queryable, name: string): Promise<void> {
  await db.query(DELETE, [name]);
}

export type Looked = Pick<WarehouseRow, 'state' | 'fault'> & {
  readonly nowMs: number;
  readonly reachDigest: string | null;
};

/** Notes how a warehouse was found. */
export async function noteWarehouse(db: Queryable, name: string, looked: Looked): Promise<void> {
  const { state, fault, nowMs, reachDigest } = looked;
  await db.query(NOTE, [name, state, fault, nowMs, reachDigest]);
}
