import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import { pgArray } from '../pgarray.ts';
import type { StoredRecord } from './sealedrecord.ts';
import type { TableSchema } from '../schema/schema.ts';

const BY_IDS = statement(import.meta.url, '../sql/recordsbyid.sql');
const LOCK_IDS = statement(import.meta.url, '../sql/recordslock.sql');
const COUNT = statement(import.meta.url, '../sql/recordcount.sql');
const PAGE = statement(import.meta.url, '../sql/recordpage.sql');
const INSERT = statement(import.meta.url, '../sql/recordinsert.sql');
const UPDATE = statement(import.meta.url, '../sql/recordupdate.sql');
const DELETE = statement(import.meta.url, '../sql/recorddelete.sql');
const OF_SUBJECT = statement(import.meta.url, '../sql/recordsofsubject.sql');

type Row = {
  readonly id: string;
  readonly version: number;
  readonly subject: string | null;
  readonly body: Buffer | null;
};

/** A row of the table; without a body, its subject was forgotten. */
export type RecordRow = Omit<StoredRecord, 'body'> & { readonly body: Uint8Array | null };

/** Those whose subject is not forgotten. */
export function wholeRecords(rows: readonly RecordRow[]): readonly StoredRecord[] {
  return rows.flatMap(({ body, ...row }) => (body === null ? [] : [{ ...row, body }]));
}

/** The records of these ids that exist, in no order. */
export async function recordsById(
  db: Queryable,
  table: TableSchema,
  ids: readonly string[],
): Promise<readonly RecordRow[]> {
  const { rows } = await db.query<Row>({
    name: 'vault-records-by-id',
    text: BY_IDS,
    values: [table.number, pgArray(ids)],
  });
  return rows.map(rowOf);
}

/** The same, each kept from other writers until the transaction ends; in the order of their ids, so that none wait in a ring. */
export async function lockRecords(
  tx: Transaction,
  table: TableSchema,
  ids: readonly string[],
): Promise<readonly RecordRow[]> {
  const { rows } = await tx.query<Row>(LOCK_IDS, [table.number, pgArray(ids)]);
  return rows.map(rowOf);
}

/** Which page: those behind an id, in its direction, after skipping some. */
export type Page = {
  readonly after: string | null;
  readonly skip: number;
  readonly limit: number;
  readonly descending: boolean;
  /** Leave out what is left of forgotten people's records, as if it were not there. */
  readonly wholeOnly?: boolean;
};

/** Records in the order they came. */
export async function recordPage(
  db: Queryable,
  table: TableSchema,
  page: Page,
): Promise<readonly RecordRow[]> {
  const { after, descending, skip, limit, wholeOnly = false } = page;
  const values = [table.number, after, descending, skip, limit, wholeOnly];
  const { rows } = await db.query<Row>(PAGE, values);
  return rows.map(rowOf);
}

/** How many records tables have, what is left of forgotten people's among them. */
export async function countRecords(db: Queryable, tables: readonly TableSchema[]): Promise<number> {
  const values = [tables.map(({ number }) => number)];
  const { rows } = await db.query<{ records: string }>(COUNT, values);
  return Number(rows[0]?.records ?? 0);
}

/** Every record of a subject in one table of the plane, kept from other writers. */
export async function recordsOfSubject(
  tx: Transaction,
  subject: bigint,
): Promise<readonly (RecordRow & { readonly tableNumber: number })[]> {
  const { rows } = await tx.query<Row & { tableNumber: number }>(OF_SUBJECT, [subject]);
  return rows.map((row) => ({ ...rowOf(row), tableNumber: row.tableNumber }));
}

export async function insertRecords(
  tx: Transaction,
  table: TableSchema,
  records: readonly StoredRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const values = columnsOf(table, records);
  await tx.query({ name: 'vault-record-insert', text: INSERT, values });
}

/** Puts other content in place of that of records that are locked. */
export async function updateRecords(
  tx: Transaction,
  table: TableSchema,
  records: readonly StoredRecord[],
): Promise<void> {
  if (records.length > 0) await tx.query(UPDATE, columnsOf(table, records));
}

export async function deleteRecords(
  tx: Transaction,
  table: TableSchema,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await tx.query(DELETE, [table.number, ids]);
}

function columnsOf(table: TableSchema, records: readonly StoredRecord[]): unknown[] {
  const sizes = records.map(({ body }) => body.length);
  let at = 1;
  const starts = sizes.map((size) => (at += size) - size);
  return [
    table.number,
    pgArray(records.map(({ id }) => id)),
    pgArray(records.map(({ version }) => version)),
    pgArray(records.map(({ subject }) => subject)),
    // One parameter of raw bytes: an array of them would travel as hex.
    Buffer.concat(records.map(({ body }) => body)),
    pgArray(starts),
    pgArray(sizes),
  ];
}

function rowOf({ id, version, subject, body }: Row): RecordRow {
  return { id, version, subject: subject === null ? null : BigInt(subject), body };
}
