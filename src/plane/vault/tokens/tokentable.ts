import { statement } from '#platform/db';
import type { Queryable, Transaction } from '#platform/db';
import { pgArray } from '../pgarray.ts';
import type { TableSchema } from '../schema/schema.ts';

const INSERT = statement(import.meta.url, '../sql/tokeninsert.sql');
const TAKEN = statement(import.meta.url, '../sql/tokentaken.sql');
const BY_VALUE = statement(import.meta.url, '../sql/tokenbyvalue.sql');
const RESOLVE = statement(import.meta.url, '../sql/tokenresolve.sql');
const DELETE = statement(import.meta.url, '../sql/tokendelete.sql');
const GONE = statement(import.meta.url, '../sql/tokengone.sql');
const TRANSIENT = statement(import.meta.url, '../sql/tokentransient.sql');
const SWEEP = statement(import.meta.url, '../sql/tokensweep.sql');

/** What a token stands for. */
export type TokenStand = {
  readonly space: number;
  /** Of one value of one record; null for a deterministic token, which any record with the value stands behind. */
  readonly owner: {
    readonly table: number;
    readonly column: number;
    readonly record: string;
  } | null;
  readonly valueDigest: Uint8Array | null;
  readonly expiresAtMs: number | null;
};

/** A token as it is kept: by digest, bound to what it stands for. */
export type TokenRow = TokenStand & {
  readonly digest: Uint8Array;
  readonly binding: Uint8Array;
  /** How often it was drawn again; -1 for one that was brought along. */
  readonly draw: number;
  /** The text of a transient token, which no record holds. */
  readonly sealed: Uint8Array | null;
};

/** Stands in the packed digests where there is none: the token has an owner then. */
const NO_DIGEST = new Uint8Array(16);

/** Adds tokens, none of which is in use in the vault; gives how many could be added. */
export async function insertTokens(
  tx: Transaction,
  vaultNumber: number,
  tokens: readonly TokenRow[],
): Promise<number> {
  const rows = tokens.toSorted((left, right) => Buffer.compare(left.digest, right.digest));
  const values = [
    vaultNumber,
    Buffer.concat(rows.map(({ digest }) => digest)), // as one: an array of bytes travels as hex
    pgArray(rows.map(({ space }) => space)),
    pgArray(rows.map(({ owner }) => owner?.table ?? null)),
    pgArray(rows.map(({ owner }) => owner?.column ?? null)),
    pgArray(rows.map(({ owner }) => owner?.record ?? null)),
    Buffer.concat(rows.map(({ valueDigest }) => valueDigest ?? NO_DIGEST)),
    pgArray(rows.map(({ draw }) => draw)),
    pgArray(rows.map(({ expiresAtMs }) => expiresAtMs)),
    Buffer.concat(rows.map(({ binding }) => binding)),
    rows.some(({ sealed }) => sealed !== null) ? rows.map(({ sealed }) => sealed) : null,
  ];
  const { rowCount } = await tx.query({ name: 'vault-token-insert', text: INSERT, values });
  return rowCount ?? 0;
}

/** Which of the tokens are not in the table as given: another value has the token, or the value another token. */
export async function takenTokens(
  tx: Transaction,
  vaultNumber: number,
  tokens: readonly TokenRow[],
): Promise<readonly TokenRow[]> {
  const { rows } = await tx.query<{ position: number }>(TAKEN, [
    vaultNumber,
    tokens.map(({ digest }) => digest),
    tokens.map(({ space }) => space),
    tokens.map(({ owner }) => owner?.record ?? null),
    tokens.map(({ owner }) => owner?.column ?? null),
    tokens.map(({ valueDigest }) => valueDigest),
  ]);
  return rows.flatMap(({ position }) => tokens[position - 1] ?? []);
}

export type ValueToken = {
  readonly position: number;
  readonly digest: Uint8Array;
  readonly draw: number;
};

/** The deterministic tokens that values have; position counts from 1. */
export async function tokensByValue(
  db: Queryable,
  spaces: readonly number[],
  valueDigests: readonly Uint8Array[],
): Promise<readonly ValueToken[]> {
  const { rows } = await db.query<ValueToken>(BY_VALUE, [spaces, valueDigests]);
  return rows;
}

/** A token of the vault, and the record behind it where there is one. */
export type Resolved = {
  /** Which of the digests, from 1. */
  readonly position: number;
  readonly gone: boolean;
  readonly stand: TokenStand;
  readonly binding: Uint8Array;
  readonly table: number | null;
  readonly record: string | null;
};

type ResolvedRow = {
  readonly position: number;
  readonly gone: boolean;
  readonly space: number;
  readonly ownerTable: number | null;
  readonly ownerColumn: number | null;
  readonly ownerRecord: string | null;
  readonly valueDigest: Buffer | null;
  readonly expiresAtMs: string | null;
  readonly binding: Buffer;
  readonly foundTable: number | null;
  readonly foundRecord: string | null;
};

/** The tokens of these digests, one after the other, that the vault knows. A deterministic one stands for the first record with its value. */
export async function resolveTokens(
  db: Queryable,
  vaultNumber: number,
  digests: Uint8Array,
): Promise<readonly Resolved[]> {
  const { rows } = await db.query<ResolvedRow>({
    name: 'vault-token-resolve',
    text: RESOLVE,
    values: [vaultNumber, digests],
  });
  return rows.map(resolvedOf);
}

function resolvedOf(row: ResolvedRow): Resolved {
  const { ownerTable, ownerColumn, ownerRecord, space, valueDigest } = row;
  const owned = ownerTable !== null && ownerColumn !== null && ownerRecord !== null;
  const owner = owned ? { table: ownerTable, column: ownerColumn, record: ownerRecord } : null;
  const expiresAtMs = row.expiresAtMs === null ? null : Number(row.expiresAtMs);
  return {
    position: row.position,
    gone: row.gone,
    stand: { space, owner, valueDigest, expiresAtMs },
    binding: row.binding,
    table: ownerTable ?? row.foundTable,
    record: ownerRecord ?? row.foundRecord,
  };
}

export async function deleteTokens(
  tx: Transaction,
  vaultNumber: number,
  digests: readonly Uint8Array[],
): Promise<void> {
  if (digests.length > 0) await tx.query(DELETE, [vaultNumber, digests]);
}

/** Makes tokens answer `gone`; gives how many did not before. Deterministic ones stay while another record has the value. */
export async function markGone(
  tx: Transaction,
  vaultNumber: number,
  digests: readonly Uint8Array[],
): Promise<number> {
  if (digests.length === 0) return 0;
  const { rowCount } = await tx.query(GONE, [vaultNumber, digests]);
  return rowCount ?? 0;
}

/** A transient token as it is kept: always of one value of one record. */
export type TransientRow = {
  readonly stand: TokenStand & {
    readonly owner: NonNullable<TokenStand['owner']>;
    readonly expiresAtMs: number;
  };
  readonly digest: Uint8Array;
  readonly binding: Uint8Array;
  readonly sealed: Uint8Array;
};

/** The transient tokens of some records of a table, whose time is not over. */
export async function transientTokens(
  db: Queryable,
  table: TableSchema,
  { ids, nowMs }: { readonly ids: readonly string[]; readonly nowMs: number },
): Promise<readonly TransientRow[]> {
  const { rows } = await db.query<{
    readonly space: number;
    readonly column: number;
    readonly record: string;
    readonly digest: Buffer;
    readonly binding: Buffer;
    readonly expiresAtMs: string;
    readonly sealed: Buffer;
  }>(TRANSIENT, [table.number, ids, nowMs]);
  return rows.map(({ space, column, record, digest, binding, sealed, expiresAtMs }) => {
    const owner = { table: table.number, column, record };
    const stand = { space, owner, valueDigest: null, expiresAtMs: Number(expiresAtMs) };
    return { stand, digest, binding, sealed };
  });
}

/** Removes some tokens whose time is over; gives how many. */
export async function sweepTokens(db: Queryable, nowMs: number, limit: number): Promise<number> {
  const { rowCount } = await db.query(SWEEP, [nowMs, limit]);
  return rowCount ?? 0;
}
