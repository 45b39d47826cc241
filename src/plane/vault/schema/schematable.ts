import { Problem } from '#base/problem';
import { databaseProblem, statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import type { VaultSchema } from './schema.ts';

const BY_ID = statement(import.meta.url, '../sql/vaultbyid.sql');
const LIST = statement(import.meta.url, '../sql/vaultlist.sql');
const VERSIONS = statement(import.meta.url, '../sql/schemaversions.sql');
const INSERT = statement(import.meta.url, '../sql/vaultinsert.sql');
const UPDATE = statement(import.meta.url, '../sql/vaultupdate.sql');
const SCHEMA_INSERT = statement(import.meta.url, '../sql/schemainsert.sql');
const ARCHIVE = statement(import.meta.url, '../sql/vaultarchive.sql');
const NUMBERS = statement(import.meta.url, '../sql/numbers.sql');
const LOCK = statement(import.meta.url, '../sql/schemalock.sql');
const LOCK_SHARED = statement(import.meta.url, '../sql/schemalockshared.sql');
const VERSION = statement(import.meta.url, '../sql/vaultversion.sql');

/** First key of the advisory locks of this part: "vault" on a phone keypad. */
const LOCK_CLASS = 82_858;

/** The schema in force of an active vault, or null. */
export async function readSchema(db: Queryable, vaultId: string): Promise<VaultSchema | null> {
  const { rows } = await db.query<{ document: VaultSchema }>(BY_ID, [vaultId]);
  return rows[0]?.document ?? null;
}

/** The schemas in force of all active vaults. */
export async function listSchemas(db: Queryable): Promise<readonly VaultSchema[]> {
  const { rows } = await db.query<{ document: VaultSchema }>(LIST);
  return rows.map(({ document }) => document);
}

/** Every version a schema had, the newest first. */
export async function schemaVersions(
  db: Queryable,
  vaultId: string,
): Promise<readonly VaultSchema[]> {
  const { rows } = await db.query<{ document: VaultSchema }>(VERSIONS, [vaultId]);
  return rows.map(({ document }) => document);
}

/** Makes a vault; throws `conflict` when its name is in use. Gives the schema with the vault's number. */
export async function insertVault(tx: Transaction, schema: VaultSchema): Promise<VaultSchema> {
  const { rows } = await tx
    .query<{ number: number }>(INSERT, [schema.id, schema.name])
    .catch((thrown: unknown) => {
      const problem = databaseProblem(thrown);
      if (problem.code !== 'conflict') throw problem;
      throw new Problem('conflict', `a vault \`${schema.name}\` exists already`);
    });
  const numbered = { ...schema, number: rows[0]?.number ?? 0 };
  await tx.query(SCHEMA_INSERT, [numbered.number, numbered.version, JSON.stringify(numbered)]);
  return numbered;
}

/** Puts another version in force. The caller holds the schema's lock. */
export async function updateSchema(tx: Transaction, schema: VaultSchema): Promise<void> {
  await tx.query(UPDATE, [schema.number, schema.version, schema.name]).catch((thrown: unknown) => {
    throw databaseProblem(thrown);
  });
  await tx.query(SCHEMA_INSERT, [schema.number, schema.version, JSON.stringify(schema)]);
}

/** Takes a vault out of use; its name is free. */
export async function archiveVault(tx: Transaction, vaultNumber: number): Promise<void> {
  await tx.query(ARCHIVE, [vaultNumber]);
}

/** Numbers nobody had before. */
export async function takeNumbers(db: Queryable, count: number): Promise<readonly number[]> {
  const { rows } = await db.query<{ number: number }>(NUMBERS, [count]);
  return rows.map(({ number }) => number);
}

/** Keeps writers of a vault out until the transaction ends, and waits for those that are in. */
export async function lockSchema(tx: Transaction, vaultNumber: number): Promise<void> {
  await tx.query(LOCK, [LOCK_CLASS, vaultNumber]);
}

/** Keeps others from opening an import until the transaction ends; no vault has the number 0. */
export async function lockImports(tx: Transaction): Promise<void> {
  await tx.query(LOCK, [LOCK_CLASS, 0]);
}

/** Keeps others from beginning an export until the transaction ends; no vault has a negative number. */
export async function lockExports(tx: Transaction): Promise<void> {
  await tx.query(LOCK, [LOCK_CLASS, -1]);
}

/** A schema that is held; `exporting` when what is written must be kept as it was for an export. */
export type Hold = { readonly exporting: boolean };

/** Holds the schema still for a write; null when it is another version than the one that was read. */
export async function holdSchema(tx: Transaction, schema: VaultSchema): Promise<Hold | null> {
  await tx.query(LOCK_SHARED, [LOCK_CLASS, schema.number]);
  const { rows } = await tx.query<Hold & { version: number }>(VERSION, [schema.number]);
  const [found] = rows;
  return found?.version === schema.version ? { exporting: found.exporting } : null;
}
