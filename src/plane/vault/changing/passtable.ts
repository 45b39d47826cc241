import { statement } from '#platform/db';
import type { Queryable } from '#platform/db';
import type { PassKind } from './change.ts';

const INSERT = statement(import.meta.url, '../sql/passinsert.sql');
const NEXT = statement(import.meta.url, '../sql/passnext.sql');
const LIST = statement(import.meta.url, '../sql/passlist.sql');
const ADVANCE = statement(import.meta.url, '../sql/passadvance.sql');
const END = statement(import.meta.url, '../sql/passend.sql');

/** A pass over the records of a table, and how far it is. */
export type Pass = {
  readonly number: number;
  readonly vault: string;
  readonly table: string;
  readonly column: string | null;
  readonly kind: PassKind;
  readonly state: 'running' | 'done' | 'failed';
  readonly cursor: string | null;
  readonly records: number;
  readonly changed: number;
  /** Ids of records that stand in the way: those with one value, or those whose value is not of the type. */
  readonly report: readonly (readonly string[])[];
};

type Row = Omit<Pass, 'records' | 'changed'> & {
  readonly records: string;
  readonly changed: string;
};

const passOf = (row: Row): Pass => ({
  ...row,
  records: Number(row.records),
  changed: Number(row.changed),
});

/** Begins a pass; gives its number. */
export async function insertPass(
  db: Queryable,
  pass: Pick<Pass, 'table' | 'column' | 'kind'> & { readonly vaultNumber: number },
): Promise<number> {
  const values = [pass.vaultNumber, pass.table, pass.column, pass.kind];
  const { rows } = await db.query<{ number: number }>(INSERT, values);
  return rows[0]?.number ?? 0;
}

/** The oldest pass that runs and that nobody works on, kept until the transaction ends; null when there is none. */
export async function takePass(db: Queryable): Promise<Pass | null> {
  const { rows } = await db.query<Row>(NEXT);
  return rows[0] === undefined ? null : passOf(rows[0]);
}

/** The passes of a vault, the newest first. */
export async function listPasses(db: Queryable, vaultId: string): Promise<readonly Pass[]> {
  const { rows } = await db.query<Row>(LIST, [vaultId]);
  return rows.map(passOf);
}

/** Notes how far a pass is. */
export async function advancePass(
  db: Queryable,
  number: number,
  step: Pick<Pass, 'cursor' | 'records' | 'changed' | 'report'>,
): Promise<void> {
  const { cursor, records, changed, report } = step;
  await db.query(ADVANCE, [number, cursor, records, changed, JSON.stringify(report)]);
}

export async function endPass(
  db: Queryable,
  number: number,
  end: Pick<Pass, 'state' | 'report'>,
): Promise<void> {
  await db.query(END, [number, end.state, JSON.stringify(end.report)]);
}
