import type { Json } from '#base/canonical';
import { Problem } from '#base/problem';
import { keyedDigest } from '#engines/crypto';
import type { MaskKey } from '#engines/crypto';
import type { Ruling } from '../caller.ts';
import { readFields, requireComplete } from '../records/preparedrow.ts';
import type { Change, Fields, Value } from '../records/preparedrow.ts';
import { isUuid } from '../schema/place.ts';
import { columnOf, subjectColumn, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, TableSchema, VaultSchema } from '../schema/schema.ts';
import { canonicalValue } from '../schema/value.ts';

/** Tokens that come with the values, by column; one text stands for the first token kind, else by token group. */
export type BroughtTokens = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** One row of a write; whoever wants the tokens of its values back must have the right to them. */
export type WriteRow = { readonly wantsTokens?: boolean } & (
  | {
      readonly kind: 'insert';
      readonly table: string;
      readonly fields: Fields;
      readonly tokens?: BroughtTokens;
      /** Name of a unique column: the record with this row's value there is changed instead, where there is one. */
      readonly upsert?: string | null;
      /** Planted: whoever reads it or one of its tokens raises an alarm. */
      readonly canary?: boolean;
    }
  | {
      readonly kind: 'update';
      readonly table: string;
      readonly id: string;
      readonly fields: Fields;
      readonly tokens?: BroughtTokens;
      /** The version the caller has seen; another one is a conflict. */
      readonly ifVersion?: number;
    }
);

/** Whether tokens may, or must, come with the values. */
export type BringTokens = 'never' | 'may' | 'must';

/** A transient token that comes along with a record. */
export type MovedToken = {
  readonly column: number;
  readonly space: number;
  readonly token: string;
  readonly expiresAtMs: number;
};

/** A row that was checked against its table. */
export type CheckedRow = {
  /** Which of the request. */
  readonly row: number;
  readonly table: TableSchema;
  readonly change: Change;
  readonly tokens: BroughtTokens;
  readonly wantsTokens: boolean;
  readonly target:
    /** An import says which id the record has had, and which transient tokens. */
    | {
        readonly kind: 'new';
        readonly canary: boolean;
        readonly id?: string;
        readonly transient?: readonly MovedToken[];
      }
    | { readonly kind: 'unique'; readonly value: Value; readonly canary: boolean }
    | { readonly kind: 'id'; readonly id: string; readonly ifVersion: number | null };
};

/** The row, checked; throws what is wrong with it. */
export function checkRow(
  vault: VaultSchema,
  row: WriteRow,
  { number, bring }: { readonly number: number; readonly bring: BringTokens },
): CheckedRow {
  const table = tableOf(vault, row.table);
  const change = readFields(table, row.fields);
  const tokens = row.tokens ?? {};
  checkBrought(table, change, { tokens, bring });
  const { wantsTokens = false } = row;
  return { row: number, table, change, tokens, wantsTokens, target: targetOf(table, row, change) };
}

function targetOf(table: TableSchema, row: WriteRow, change: Change): CheckedRow['target'] {
  if (row.kind === 'update') {
    if (!isUuid(row.id)) throw noRecord(table, row.id);
    return { kind: 'id', id: row.id, ifVersion: row.ifVersion ?? null };
  }
  const canary = row.canary ?? false;
  if (row.upsert === undefined || row.upsert === null) {
    requireComplete(table, change.values);
    return { kind: 'new', canary };
  }
  const column = columnOf(table, row.upsert);
  const value = change.values.find((one) => one.column === column);
  if (!column.unique) {
    throw new Problem('invalid', `upsert expected a unique column, got \`${column.name}\``);
  }
  if (value === undefined) {
    throw new Problem('invalid', `upsert on \`${column.name}\` expected a value for it`);
  }
  return { kind: 'unique', value, canary };
}

/** The token that was brought for a value and a token kind, or null. */
export function broughtToken(
  tokens: BroughtTokens,
  column: ColumnSchema,
  place: number,
): string | null {
  const brought = tokens[column.name];
  if (brought === undefined) return null;
  if (typeof brought === 'string') return place === 0 ? brought : null;
  return brought[column.tokens[place]?.group ?? ''] ?? null;
}

function checkBrought(
  table: TableSchema,
  { values }: Change,
  { tokens, bring }: { readonly tokens: BroughtTokens; readonly bring: BringTokens },
): void {
  for (const name of Object.keys(tokens)) {
    if (bring === 'never') {
      throw new Problem(
        'invalid',
        'tokens came with the values, and the request does not allow it',
        {
          hint: 'say that tokens are brought along',
        },
      );
    }
    const value = values.find(({ column }) => column.name === name);
    if (value === undefined)
      throw new Problem('invalid', `token for \`${name}\` expected a value of it`);
    const groups = value.column.tokens.map(({ group }) => group);
    const brought = tokens[name] ?? '';
    const asked = typeof brought === 'string' ? groups.slice(0, 1) : Object.keys(brought);
    if (asked.length === 0 || !asked.every((group) => groups.includes(group))) {
      throw new Problem('invalid', `column \`${table.name}.${name}\` has no such tokens`);
    }
  }
  if (bring !== 'must') return;
  const lacking = values.find(
    ({ column }) => column.tokens.length > 0 && tokens[column.name] === undefined,
  );
  if (lacking !== undefined) {
    throw new Problem(
      'invalid',
      `column \`${lacking.column.name}\` expected a token with its value`,
    );
  }
}

/** Gives the ruling for an operation on a table; null where the request has none. */
export type WriteRulings = (
  table: TableSchema,
  operation: 'insert' | 'update' | 'tokenize',
) => Ruling | null;

/**
 * Throws `denied` for a row that may not be written whatever the vault holds: it is asked before anything is looked up, so that
 * a refusal tells nothing of stored values. An upsert needs the rights to insert and to update, and is refused alike for either.
 */
export function requireRights(rulings: WriteRulings, checked: CheckedRow): void {
  const { table, change, tokens, target } = checked;
  const given = [...change.values.map(({ column }) => column), ...change.cleared];
  const written = { table, columns: given, values: change.values };
  if (target.kind === 'id') {
    const update = rulings(table, 'update');
    if (update?.effect !== 'allow') throw refused(update, table);
    // What hangs on no row is refused alike whether there is such a record.
    if (update.reads.length === 0) requireWritable(update, written);
  } else {
    const insert = rulings(table, 'insert');
    requireWritable(insert, written);
    if (target.kind === 'unique' && !isWritable(rulings(table, 'update'), written)) {
      throw refused(insert, table);
    }
  }
  // A token that is in use is told of, and so tells whose value it is.
  const brought = change.values.flatMap(({ column }) =>
    tokens[column.name] === undefined ? [] : [column],
  );
  if (brought.length > 0) {
    requireWritable(rulings(table, 'tokenize'), { table, columns: brought, values: change.values });
  }
  if (checked.wantsTokens) requireTokens(rulings(table, 'tokenize'), checked);
}

/** Throws `denied` for a row some of whose tokens may not be handed out. */
function requireTokens(ruling: Ruling | null, { table, change, target }: CheckedRow): void {
  const given = new Map(change.values.map(({ column, json }) => [column.id as string, json]));
  const known = new Set<string>([
    ...change.cleared.map(({ id }) => id),
    // What an insert leaves out is null; what a record that may be there already holds is not known yet.
    ...(target.kind === 'new' ? table.columns.map(({ id }) => id) : []),
  ]);
  const valueOf = (id: string) => given.get(id) ?? (known.has(id) ? null : undefined);
  const kept = change.values.find(
    ({ column }) =>
      column.tokens.length > 0 && (ruling?.shows(column.id, valueOf) ?? null) === null,
  );
  if (kept === undefined) return;
  const why = ruling === null ? '' : `; decision \`${ruling.id}\` says why`;
  const name = `${table.name}.${kept.column.name}`;
  throw new Problem('denied', `tokens of \`${name}\` are not yours to have`, {
    hint: `write without asking for tokens${why}`,
  });
}

/** What would be written of a row. */
type Writable = {
  readonly table: TableSchema;
  readonly columns: readonly ColumnSchema[];
  readonly values: readonly Value[];
};

/** Throws `denied` when the ruling does not let these columns of the row be written; where there are none, any of the table. */
export function requireWritable(ruling: Ruling | null, written: Writable): void {
  if (!isWritable(ruling, written)) throw refused(ruling, written.table);
}

/** Whether the ruling lets these columns of the row be written. */
export function isWritable(ruling: Ruling | null, { table, columns, values }: Writable): boolean {
  if (ruling?.effect !== 'allow') return false;
  const valueOf = (columnId: string): Json | undefined => {
    const value = values.find(({ column }) => column.id === columnId);
    if (value !== undefined) return value.column.type === 'file' ? undefined : value.json;
    // A column without a value is null; of one that is no more, nothing is known.
    return table.columns.some(({ id }) => id === columnId) ? null : undefined;
  };
  const shows = ({ id }: ColumnSchema) => ruling.shows(id, valueOf) !== null;
  return columns.length === 0 ? table.columns.some(shows) : columns.every(shows);
}

/** Why a row may not be written. */
export function refused(ruling: Ruling | null, table: TableSchema): Problem {
  const message = 'writing this record is not allowed';
  if (ruling === null) return new Problem('denied', message, { hint: 'no tokens may be brought' });
  const lost = ruling.reads.find((id) => !table.columns.some((column) => column.id === id));
  const about = lost === undefined ? '' : `; a rule looks at column \`${lost}\`, which is no more`;
  return new Problem('denied', message, { hint: `decision \`${ruling.id}\` says why${about}` });
}

/** The digest that names a subject, or null where the record has none. */
export function subjectDigest(
  index: MaskKey,
  table: TableSchema,
  values: readonly Value[],
): Uint8Array | null {
  const column = subjectColumn(table);
  const value = values.find((one) => one.column === column);
  if (value === undefined) return null;
  return keyedDigest(index, 'subject', canonicalValue(value.column, value.json));
}

/** Nothing is told of whether it never was, was deleted, or may not be seen. */
export function noRecord(table: TableSchema, id: string): Problem {
  const shown = id.slice(0, 36).replaceAll('`', '');
  return new Problem('not-found', `table \`${table.name}\` has no record \`${shown}\``);
}
