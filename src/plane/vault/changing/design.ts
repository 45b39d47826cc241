import { newId } from '#base/ids';
import { Problem } from '#base/problem';
import type { ReadColumn, ReadTable } from '../schema/proposal.ts';
import type { ColumnSchema, TableSchema, TokenPolicy, VaultSchema } from '../schema/schema.ts';
import { checkColumn } from './columncheck.ts';

/** Gives out what names things in stored records: ids, and numbers that are never given twice. */
export type Namer = {
  readonly nowMs: number;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly number: () => number;
};

/** The vault with the table added; throws `conflict` for a name in use, `invalid` for what cannot be. */
export function withTable(vault: VaultSchema, read: ReadTable, namer: Namer): VaultSchema {
  if (vault.tables.some(({ name }) => name === read.name)) {
    throw new Problem('conflict', `vault \`${vault.name}\` has a table \`${read.name}\` already`);
  }
  const bare: TableSchema = {
    id: newId('tbl', namer),
    number: namer.number(),
    name: read.name,
    description: read.description,
    columns: [],
    subject: null,
    purposeRequired: read.purposeRequired,
  };
  let next: VaultSchema = { ...vault, tables: [...vault.tables, bare] };
  for (const column of read.columns)
    next = withColumn(next, { table: bare.id, read: column }, namer);
  return replaceTable(next, bare.id, (table) => withSubject(table, read.subject));
}

/** The vault with a column added to one of its tables. */
export function withColumn(
  vault: VaultSchema,
  { table: tableId, read }: { readonly table: string; readonly read: ReadColumn },
  namer: Namer,
): VaultSchema {
  return replaceTable(vault, tableId, (table) => {
    if (table.columns.some(({ name }) => name === read.name)) {
      throw new Problem(
        'conflict',
        `table \`${table.name}\` has a column \`${read.name}\` already`,
      );
    }
    const number = namer.number();
    const tokens = read.tokens.map((token): TokenPolicy => {
      const group = token.group ?? `${table.name}.${read.name}`;
      return { ...token, group, space: spaceOf(vault, group) ?? namer.number() };
    });
    const id = newId('col', namer);
    const column: ColumnSchema = { ...read, id, number, tokens, pending: null };
    checkColumn(vault, table, column);
    return { ...table, columns: [...table.columns, column] };
  });
}

/** The number of a token space that some column uses, or undefined. */
function spaceOf(vault: VaultSchema, group: string): number | undefined {
  return vault.tables
    .flatMap(({ columns }) => columns)
    .flatMap(({ tokens }) => tokens)
    .find((token) => token.group === group)?.space;
}

/** The vault with one table replaced. */
export function replaceTable(
  vault: VaultSchema,
  tableId: string,
  change: (table: TableSchema) => TableSchema,
): VaultSchema {
  const tables = vault.tables.map((table) => (table.id === tableId ? change(table) : table));
  return { ...vault, tables };
}

function withSubject(table: TableSchema, name: string | null): TableSchema {
  if (name === null) return table;
  const column = table.columns.find((one) => one.name === name);
  const fits = column !== undefined && !column.isArray && !['file', 'json'].includes(column.type);
  if (!fits) {
    throw new Problem(
      'invalid',
      `subject of table \`${table.name}\` expected a plain column, got \`${name}\``,
    );
  }
  if (column.nullable) {
    throw new Problem('invalid', `subject column \`${name}\` expected \`nullable\` false`, {
      hint: 'a record without a subject could never be forgotten',
    });
  }
  return { ...table, subject: column.id };
}
