import { present } from '#base/assert';
import { databaseProblem, statement, transaction } from '#platform/db';
import type { Pool, Queryable, Transaction } from '#platform/db';

const NEWEST = statement(import.meta.url, 'sql/newest.sql');
const VERSION = statement(import.meta.url, 'sql/version.sql');
const RETIRE = statement(import.meta.url, 'sql/retire.sql');
const INSERT = statement(import.meta.url, 'sql/insert.sql');
const LIST = statement(import.meta.url, 'sql/list.sql');
const DUE = statement(import.meta.url, 'sql/due.sql');
const LOCK_SCOPE = statement(import.meta.url, 'sql/lock-scope.sql');
const DESTROYED = statement(import.meta.url, 'sql/destroyed.sql');
const DELETE = statement(import.meta.url, 'sql/delete.sql');
const WRAPPED_OTHERWISE = statement(import.meta.url, 'sql/wrapped-otherwise.sql');
const COUNT_WRAPPED = statement(import.meta.url, 'sql/count-wrapped.sql');
const REWRAP = statement(import.meta.url, 'sql/rewrap.sql');
const LIST_DESTROYED = statement(import.meta.url, 'sql/list-destroyed.sql');
const BURY = statement(import.meta.url, 'sql/bury.sql');

/** A data key as it lies in the database. */
export type WrappedKey = {
  readonly scope: string;
  readonly version: number;
  readonly wrapped: Uint8Array;
  /** Names the key at the key service that wrapped it. */
  readonly provider: string;
};

/** What may be told about a data key. */
export type KeyEntry = {
  readonly scope: string;
  readonly version: number;
  readonly provider: string;
  readonly state: 'newest' | 'older';
  readonly createdAt: Date;
};

/** The newest key of a scope, or undefined when it has none. */
export async function newestKey(pool: Pool, scope: string): Promise<WrappedKey | undefined> {
  const { rows } = await pool.query<WrappedKey>(NEWEST, [scope]).catch(raise);
  return rows[0];
}

/** One version of a scope's key, or undefined when it never was. */
export async function keyVersion(
  pool: Pool,
  scope: string,
  version: number,
): Promise<WrappedKey | undefined> {
  const { rows } = await pool.query<WrappedKey>(VERSION, [scope, version]).catch(raise);
  return rows[0];
}

/** Every key, by scope and version. */
export async function listKeys(pool: Pool): Promise<readonly KeyEntry[]> {
  const { rows } = await pool.query<KeyEntry>(LIST).catch(raise);
  return rows;
}

/** The scopes under `prefix` whose newest key is older than that many seconds. */
export async function dueScopes(
  pool: Pool,
  ageSeconds: number,
  prefix: string,
): Promise<readonly string[]> {
  const { rows } = await pool.query<{ scope: string }>(DUE, [ageSeconds, prefix]).catch(raise);
  return rows.map(({ scope }) => scope);
}

/** A key to be kept, and what else must be written in the same transaction. */
export type NewKey = WrappedKey & {
  readonly record: (tx: Transaction) => Promise<void>;
};

/** Keeps a key as the newest of its scope; false, and nothing written, when another was first or it was destroyed. */
export async function insertKey(pool: Pool, key: NewKey): Promise<boolean> {
  return transaction(pool, async (tx) => {
    await tx.query(LOCK_SCOPE, [key.scope]);
    if (key.version > 1) await tx.query(RETIRE, [key.scope, key.version - 1]);
    const { rowCount } = await tx.query(INSERT, [
      key.scope,
      key.version,
      key.wrapped,
      key.provider,
    ]);
    if (rowCount !== 1) return false;
    await key.record(tx);
    return true;
  }).catch(raise);
}

/** What remains of a scope whose keys were destroyed. */
export type DestroyedKey = {
  readonly scope: string;
  /** The newest version there had been; 0 when no key was ever made. */
  readonly version: number;
  /** Index of the leaf `key-destroyed`. */
  readonly leaf: number;
  readonly destroyedAt: Date;
};

/** What remains of a destroyed scope, or undefined when it was not destroyed. */
export async function destroyedKey(
  db: Queryable,
  scope: string,
): Promise<DestroyedKey | undefined> {
  const { rows } = await db.query<DestroyedKey>(DESTROYED, [scope]).catch(raise);
  return rows[0];
}

/**
 * Takes every key of a scope away for good, in the caller's transaction; `record` writes the leaf, given the newest
 * version there had been, and answers its index. A scope that was destroyed before stays as it was and gets no leaf.
 */
export async function deleteKeys(
  tx: Transaction,
  scope: string,
  record: (version: number) => Promise<number>,
): Promise<DestroyedKey> {
  await tx.query(LOCK_SCOPE, [scope]).catch(raise);
  const before = await destroyedKey(tx, scope);
  if (before !== undefined) return before;
  const { rows } = await tx.query<{ version: number }>(DELETE, [scope]).catch(raise);
  const version = Math.max(0, ...rows.map((row) => row.version));
  const leaf = await record(version);
  const buried = await tx.query<DestroyedKey>(BURY, [scope, version, leaf]).catch(raise);
  return present(buried.rows[0], 'tombstone of a key');
}

/** The newest tombstones, at most so many. */
export async function listDestroyed(pool: Pool, limit: number): Promise<readonly DestroyedKey[]> {
  const { rows } = await pool.query<DestroyedKey>(LIST_DESTROYED, [limit]).catch(raise);
  return rows;
}

/** How many keys there are, and how many of them another key of a key service wrapped. */
export type WrapCount = { readonly keys: number; readonly waiting: number };

export async function countWrapped(pool: Pool, provider: string): Promise<WrapCount> {
  const { rows } = await pool.query<WrapCount>(COUNT_WRAPPED, [provider]).catch(raise);
  return present(rows[0], 'count of keys');
}

/** Keys that another than `provider` wrapped, in order, behind a key. */
export async function wrappedOtherwise(
  pool: Pool,
  provider: string,
  page: { readonly scope: string; readonly version: number; readonly limit: number },
): Promise<readonly WrappedKey[]> {
  const values = [provider, page.scope, page.version, page.limit];
  const { rows } = await pool.query<WrappedKey>(WRAPPED_OTHERWISE, values).catch(raise);
  return rows;
}

/** Puts a key wrapped anew in the place of what it was, with its leaf; false when that is not there any more. */
export async function replaceWrapped(
  pool: Pool,
  key: NewKey,
  before: Uint8Array,
): Promise<boolean> {
  return transaction(pool, async (tx) => {
    const { scope, version, wrapped, provider } = key;
    const { rowCount } = await tx.query(REWRAP, [scope, version, wrapped, provider, before]);
    if (rowCount !== 1) return false;
    await key.record(tx);
    return true;
  }).catch(raise);
}

function raise(thrown: unknown): never {
  throw databaseProblem(thrown);
}
