import { z } from 'zod';
import { Problem } from '#base/problem';
import { checkColumn } from './columncheck.ts';
import { replaceTable, withColumn, withTable } from './design.ts';
import type { Namer } from './design.ts';
import {
  parsed,
  readColumnChange,
  readColumnProposal,
  readName,
  readTableProposal,
} from '../schema/proposal.ts';
import type { ColumnChange, ColumnProposal, TableProposal } from '../schema/proposal.ts';
import { COLUMN_TYPES, columnOf, tableOf } from '../schema/schema.ts';
import type { ColumnSchema, ColumnType, TableSchema, VaultSchema } from '../schema/schema.ts';

/** A change of a vault's schema. Tables and columns are meant by name or id; ids, and what is bound to them, stay. */
export type SchemaChange =
  | { readonly kind: 'add-table'; readonly table: TableProposal }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: ColumnProposal }
  | { readonly kind: 'rename-table'; readonly table: string; readonly to: string }
  | {
      readonly kind: 'rename-column';
      readonly table: string;
      readonly column: string;
      readonly to: string;
    }
  /** Redaction, mask, validation, values, classification and the like. */
  | {
      readonly kind: 'set-column';
      readonly table: string;
      readonly column: string;
      readonly set: ColumnChange;
    }
  /** Lets records be found by the column, or lets each value be in one record only; by a pass over the records. */
  | { readonly kind: 'add-index' | 'add-unique'; readonly table: string; readonly column: string }
  | { readonly kind: 'drop-index' | 'drop-unique'; readonly table: string; readonly column: string }
  /** Another type for the column, if every value is one of it; by a pass over the records. */
  | {
      readonly kind: 'retype';
      readonly table: string;
      readonly column: string;
      readonly type: ColumnType;
    }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string };

/** What a pass over the records of a table is for. */
export type PassKind = 'index' | 'unique' | 'retype' | 'reseal';

/** The changed schema, and the pass it asks for. */
export type Changed = {
  readonly schema: VaultSchema;
  readonly pass: {
    readonly table: TableSchema;
    readonly column: ColumnSchema;
    readonly kind: PassKind;
  } | null;
};

const table = z.string();
const column = z.string();
const at = <K extends string>(kind: K) => z.strictObject({ kind: z.literal(kind), table, column });

/** What a change is made of; what is in a table or column is looked at where it is applied. */
const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('add-table'), table: z.looseObject({}) }),
  z.strictObject({ kind: z.literal('add-column'), table, column: z.looseObject({}) }),
  z.strictObject({ kind: z.literal('rename-table'), table, to: z.string() }),
  at('rename-column').extend({ to: z.string() }),
  at('set-column').extend({ set: z.looseObject({}) }),
  at('add-index'),
  at('add-unique'),
  at('drop-index'),
  at('drop-unique'),
  at('retype').extend({ type: z.enum(COLUMN_TYPES) }),
  at('drop-column'),
]);
const KINDS = change.options.map(({ shape }) => shape.kind.value);

/** A change as somebody wrote it; throws `invalid` for what is none. */
export function readChange(given: unknown): SchemaChange {
  const { kind } = z.looseObject({ kind: z.unknown() }).catch({ kind: null }).parse(given);
  if (KINDS.some((one) => one === kind)) {
    return parsed(change, given, `change \`${String(kind)}\``) as SchemaChange;
  }
  throw new Problem('invalid', `change expected a \`kind\`, one of ${KINDS.join(', ')}`);
}

/** Applies a change; throws `invalid`, `conflict` or `not-found` for one that cannot be. */
export function applyChange(vault: VaultSchema, change: SchemaChange, namer: Namer): Changed {
  const next = { ...vault, version: vault.version + 1 };
  switch (change.kind) {
    case 'add-table':
      return without(withTable(next, readTableProposal(change.table), namer));
    case 'add-column': {
      const table = tableOf(next, change.table);
      const read = readColumnProposal(change.column);
      if (!read.nullable) {
        throw new Problem('invalid', `a column added to a table expected \`nullable\` true`, {
          hint: 'records that are there have no value for it',
        });
      }
      return without(withColumn(next, { table: table.id, read }, namer));
    }
    case 'rename-table': {
      const to = readName(change.to);
      requireFree(next.tables, to, `vault \`${vault.name}\``);
      const { id } = tableOf(next, change.table);
      return without(replaceTable(next, id, (table) => ({ ...table, name: to })));
    }
    case 'rename-column': {
      const to = readName(change.to);
      const table = tableOf(next, change.table);
      requireFree(table.columns, to, `table \`${table.name}\``);
      return without(changeColumn(next, change, (column) => ({ ...column, name: to })));
    }
    case 'set-column': {
      const { tokens: _, ...set } = readColumnChange(change.set);
      return without(changeColumn(next, change, (column) => ({ ...column, ...set })));
    }
    case 'drop-index':
      return without(changeColumn(next, change, (column) => ({ ...column, exactIndex: false })));
    case 'drop-unique':
      return without(
        changeColumn(next, change, (column) => ({ ...column, unique: false, exactIndex: true })),
      );
    case 'drop-column':
      return without(dropColumn(next, change));
    case 'add-index':
    case 'add-unique':
    case 'retype':
      return pending(next, change);
    default:
      return change satisfies never;
  }
}

function without(schema: VaultSchema): Changed {
  return { schema, pass: null };
}

type ColumnPlace = { readonly table: string; readonly column: string };

/** The vault with one column changed, and found to be possible. */
export function changeColumn(
  vault: VaultSchema,
  place: ColumnPlace,
  change: (column: ColumnSchema) => ColumnSchema,
): VaultSchema {
  const table = tableOf(vault, place.table);
  const old = columnOf(table, place.column);
  const column = change(old);
  checkColumn(vault, table, column);
  return replaceTable(vault, table.id, (one) => ({
    ...one,
    columns: one.columns.map((each) => (each.id === old.id ? column : each)),
  }));
}

function dropColumn(vault: VaultSchema, place: ColumnPlace): VaultSchema {
  const table = tableOf(vault, place.table);
  const column = columnOf(table, place.column);
  if (table.subject === column.id || table.columns.length === 1 || column.type === 'file') {
    throw new Problem('invalid', `column \`${table.name}.${column.name}\` cannot be dropped`, {
      hint: 'a subject column, a column of files and the last one stay',
    });
  }
  return replaceTable(vault, table.id, (one) => ({
    ...one,
    columns: one.columns.filter(({ id }) => id !== column.id),
  }));
}

function pending(
  vault: VaultSchema,
  change: Extract<SchemaChange, { kind: 'add-index' | 'add-unique' | 'retype' }>,
): Changed {
  const table = tableOf(vault, change.table);
  const column = columnOf(table, change.column);
  if (column.pending !== null) {
    throw new Problem(
      'conflict',
      `column \`${table.name}.${column.name}\` is being changed already`,
    );
  }
  const has = change.kind === 'add-index' ? column.exactIndex || column.unique : column.unique;
  if (change.kind !== 'retype' && has) {
    throw new Problem('conflict', `column \`${table.name}.${column.name}\` has that already`);
  }
  if (change.kind === 'retype') {
    if (
      column.isArray ||
      column.type === 'file' ||
      change.type === 'file' ||
      table.subject === column.id
    ) {
      throw new Problem(
        'invalid',
        `column \`${table.name}.${column.name}\` cannot change its type`,
      );
    }
    checkColumn(vault, table, { ...column, type: change.type });
    const to = { kind: 'retype', type: change.type } as const;
    const schema = changeColumn(vault, change, (one) => ({ ...one, pending: to }));
    return { schema, pass: { table, column, kind: 'retype' } };
  }
  const kind = change.kind === 'add-index' ? 'index' : 'unique';
  checkColumn(vault, table, { ...column, unique: kind === 'unique', exactIndex: true });
  const schema = changeColumn(vault, change, (one) => ({ ...one, pending: { kind } }));
  return { schema, pass: { table, column, kind } };
}

function requireFree(
  taken: readonly { readonly name: string }[],
  name: string,
  where: string,
): void {
  if (taken.some((one) => one.name === name)) {
    throw new Problem('conflict', `${where} has a \`${name}\` already`);
  }
}
