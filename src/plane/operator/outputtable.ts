import type { Id } from '#base/ids';
import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';

const INSERT = statement(import.meta.url, 'sql/insert-output.sql');
const LIST = statement(import.meta.url, 'sql/list-outputs.sql');
const FIND = statement(import.meta.url, 'sql/find-output.sql');
const AGE = statement(import.meta.url, 'sql/age-outputs.sql');

/** What an operator was shown of a view: what is known of it without opening it. */
export type Output = {
  readonly id: Id<'out'>;
  readonly grant: Id<'grt'>;
  readonly operator: Id<'sub'>;
  readonly view: string;
  readonly rows: number;
  readonly atMs: number;
  /** SHA-256 of the text that was shown. */
  readonly digest: string;
  /** Index of the leaf `ops-queried`. */
  readonly leaf: number;
};
export type SealedOutput = Output & { readonly sealed: Uint8Array };

type Row = {
  readonly id: Id<'out'>;
  readonly grant_id: Id<'grt'>;
  readonly operator: Id<'sub'>;
  readonly view: string;
  readonly rows: number;
  readonly at_ms: string;
  readonly digest: string;
  readonly leaf: string;
};

export async function insertOutput(
  tx: Transaction,
  output: Omit<SealedOutput, 'operator'>,
): Promise<void> {
  const { id, grant, view, rows, atMs, digest, leaf, sealed } = output;
  await tx.query(INSERT, [id, grant, view, rows, atMs, digest, leaf, sealed]);
}

export type OutputPage = {
  readonly grant: string | null;
  /** Only outputs before this one, the newest first. */
  readonly before: string | null;
  readonly limit: number;
};

export async function listOutputs(db: Queryable, page: OutputPage): Promise<readonly Output[]> {
  const { rows } = await db.query<Row>(LIST, [page.grant, page.before, page.limit]);
  return rows.map(outputFrom);
}

export async function findOutput(db: Queryable, id: string): Promise<SealedOutput | undefined> {
  const { rows } = await db.query<Row & { sealed: Uint8Array }>(FIND, [id]);
  const row = rows[0];
  return row && { ...outputFrom(row), sealed: new Uint8Array(row.sealed) };
}

export async function ageOutputs(db: Queryable, beforeMs: number): Promise<void> {
  await db.query(AGE, [beforeMs]);
}

function outputFrom({ grant_id: grant, at_ms: atMs, leaf, ...row }: Row): Output {
  const { id, operator, view, rows, digest } = row;
  return { id, operator, view, rows, digest, grant, atMs: Number(atMs), leaf: Number(leaf) };
}
