import type { Id } from '#base/ids';
import { Problem } from '#base/problem';

/** What a column holds. An enum is a string column with `values`. */
export const COLUMN_TYPES = [
  'string',
  'int32',
  'int64',
  'float32',
  'float64',
  'bool',
  'date',
  'datetime',
  'time',
  'json',
  'bytes',
  'file',
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** How much of a value is shown, the most first. */
export const REDACTIONS = ['PLAIN_TEXT', 'MASKED', 'REDACTED'] as const;
export type Redaction = (typeof REDACTIONS)[number];

/** How the tokens of a column look and whether equal values share one. */
export type TokenShape =
  /** A UUID. */
  | { readonly kind: 'uuid' }
  /** A text that a regular expression describes. */
  | { readonly kind: 'pattern'; readonly pattern: string }
  /** The shape of the value itself: digits stay digits, letters letters, the rest as it is. */
  | { readonly kind: 'same-shape' }
  /** A card number: the first six and last four digits stay, and the check digit is right. */
  | { readonly kind: 'card' }
  /** An e-mail address of the same domain. */
  | { readonly kind: 'email' };

export type TokenPolicy = {
  /**
   * The token space: values of one group share tokens wherever they stand. By default the column's own,
   * `<table>.<column>` as it was first called.
   */
  readonly group: string;
  /** Number of the space, given by the vault. */
  readonly space: number;
  readonly shape: TokenShape;
  /** Equal values have one token, or each value its own. */
  readonly deterministic: boolean;
  /** How long the token lives, null for as long as its record. */
  readonly ttlSeconds: number | null;
};

/** What is replaced in a masked value, as find and replace with `${1}`-style groups. */
export type MaskPattern = { readonly find: string; readonly replace: string };

/** What a column was said to be, for people and policies; no code of the vault reads it. */
export type Classification = {
  readonly dataType: string | null;
  readonly identifiability: string | null;
  readonly sensitivity: string | null;
  readonly personalInformation: readonly string[];
  readonly privacyLaws: readonly string[];
  readonly tags: readonly string[];
};

export type ColumnSchema = {
  readonly id: Id<'col'>;
  /** Names the column in stored records; never given twice in a vault. */
  readonly number: number;
  readonly name: string;
  readonly type: ColumnType;
  readonly isArray: boolean;
  readonly nullable: boolean;
  readonly unique: boolean;
  /** Equal values can be found; what that tells a reader of the database is in docs/design/vault.md. */
  readonly exactIndex: boolean;
  /** Beginnings of this many characters can be found, null for none. */
  readonly prefixIndex: { readonly min: number; readonly max: number } | null;
  /** The first is the one that answers where only one can. */
  readonly tokens: readonly TokenPolicy[];
  /** What DEFAULT means for the column. */
  readonly redaction: Redaction;
  readonly mask: MaskPattern | null;
  /** A value must match it as a whole. */
  readonly validation: string | null;
  /** The values of an enum. */
  readonly values: readonly string[] | null;
  /** MIME types a file may have, null for any. */
  readonly fileTypes: readonly string[] | null;
  /** What a Skyflow schema says of queries beyond equality; kept and given back, and nothing hangs on it. */
  readonly operations: readonly ('order' | 'aggregation')[];
  readonly classification: Classification;
  readonly displayName: string;
  readonly description: string;
  /** What a pass over the records is about to bring, null when all is as it says. */
  readonly pending: PendingChange | null;
};

/** A change that holds for new values already, and for all once every record was looked at. */
export type PendingChange =
  | { readonly kind: 'index' }
  | { readonly kind: 'unique' }
  | { readonly kind: 'retype'; readonly type: ColumnType };

export type TableSchema = {
  readonly id: Id<'tbl'>;
  /** Names the table in stored records; never given twice in a plane. */
  readonly number: number;
  readonly name: string;
  readonly description: string;
  readonly columns: readonly ColumnSchema[];
  /** The column that names the data subject of a record, null when records are nobody's. */
  readonly subject: Id<'col'> | null;
  /** A reveal must say what it is for. */
  readonly purposeRequired: boolean;
};

export type VaultSchema = {
  readonly id: Id<'vlt'>;
  readonly number: number;
  readonly name: string;
  readonly description: string;
  /** Rises with every change. */
  readonly version: number;
  readonly tables: readonly TableSchema[];
};

/** The table of that name or id; throws `not-found`. */
export function tableOf(vault: VaultSchema, name: string): TableSchema {
  const table = vault.tables.find((one) => one.name === name || one.id === name);
  if (table !== undefined) return table;
  throw new Problem('not-found', `the vault has no table \`${name.slice(0, 63)}\``);
}

/** The column of that name or id; throws `not-found`. */
export function columnOf(table: TableSchema, name: string): ColumnSchema {
  const column = table.columns.find((one) => one.name === name || one.id === name);
  if (column !== undefined) return column;
  throw new Problem('not-found', `table \`${table.name}\` has no column \`${name}\``);
}

/** The column that names the data subject, or null. */
export function subjectColumn(table: TableSchema): ColumnSchema | null {
  return table.columns.find(({ id }) => id === table.subject) ?? null;
}
