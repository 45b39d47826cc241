import { hash } from 'node:crypto';
import { canonicalJson } from '#base/canonical';
import { columnAtLevel } from '#engines/sql';
import type { Catalog, Relation } from '#engines/sql';
import { shownRedaction } from '#plane/vault';
import type {
  AskedRedaction,
  Budget,
  ColumnSchema,
  Redaction,
  RulingOf,
  TableSchema,
  VaultSchema,
} from '#plane/vault';
import { sqlTypeOf, TEXT } from './columntype.ts';
import type { SqlType } from './columntype.ts';

/** What was decided about a caller and a vault, as far as a query needs it. */
export type QueryRulings = {
  readonly ruling: RulingOf;
  /** Whether anything of the table may be read; only looks. */
  isReadable(table: TableSchema): boolean;
  /** Every level at which some row may show the column; none when no row does. */
  levels(table: TableSchema, columnId: string): readonly Redaction[];
  budget(tables: readonly TableSchema[]): Budget | null;
};

/** A column as the caller meets it. */
export type ShapedColumn = {
  readonly name: string;
  /** The vault's column and the level asked for; null for the record's id. */
  readonly of: { readonly column: ColumnSchema; readonly asked: AskedRedaction } | null;
  readonly type: SqlType;
  /** Whether what is shown is always the value itself. */
  readonly whole: boolean;
};

export type ShapedTable = {
  readonly table: TableSchema;
  /** Null when the caller may read nothing of it: it can be named, and is refused then. */
  readonly columns: readonly ShapedColumn[] | null;
};

/** The tables of a vault as one caller meets them. */
export type Shape = {
  /** Equal digest, equal tables and types. */
  readonly digest: string;
  readonly tables: readonly ShapedTable[];
  readonly catalog: Catalog;
};

/** The column that is the id of a record, as in Skyflow. */
export const ID: ShapedColumn = { name: 'skyflow_id', of: null, type: TEXT, whole: true };
const LEVELS = ['PLAIN_TEXT', 'MASKED', 'REDACTED'] as const;
/** PostgreSQL 18, as the executor is. */
const SERVER_VERSION = 180_000;
/** First of the numbers that stand for tables; nothing but the planner sees them. */
const FIRST_OID = 20_000;

/**
 * The tables of the vault for a caller. `asked` is what a bare column means; with `levels`, each column can also be named at
 * every level. A column of which no row shows anything is not there.
 */
export function shapeOf(
  vault: VaultSchema,
  rulings: QueryRulings,
  want: { readonly asked: AskedRedaction; readonly levels: boolean },
): Shape {
  const tables = vault.tables.map((table): ShapedTable => {
    if (!rulings.isReadable(table)) return { table, columns: null };
    const shown = table.columns.flatMap((column) => {
      const bare = shapedColumn(column, rulings.levels(table, column.id), want.asked);
      if (bare === null || !want.levels) return bare ?? [];
      const named = LEVELS.flatMap((level) => {
        const at = shapedColumn(column, rulings.levels(table, column.id), level);
        return at === null ? [] : [{ ...at, name: columnAtLevel(column.name, level) }];
      });
      return [bare, ...named];
    });
    return { table, columns: [ID, ...shown] };
  });
  return { tables, ...catalogOf(tables, want.levels) };
}

/** Names that a column of PostgreSQL cannot have (manual, 5.6). */
const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

function shapedColumn(
  column: ColumnSchema,
  levels: readonly Redaction[],
  asked: AskedRedaction,
): ShapedColumn | null {
  const type = sqlTypeOf(column);
  if (SYSTEM_COLUMNS.has(column.name)) return null;
  if (type === null || levels.length === 0) return null;
  const whole = levels.every((level) => shownRedaction(column, asked, level) === 'PLAIN_TEXT');
  // What is masked or redacted is a text, whatever the value is; a column has one type for all rows.
  return { name: column.name, of: { column, asked }, type: whole ? type : TEXT, whole };
}

function catalogOf(
  tables: readonly ShapedTable[],
  levels: boolean,
): Pick<Shape, 'catalog' | 'digest'> {
  const relations = tables.map(({ table, columns }, i): Relation => {
    const known = columns ?? [ID];
    return {
      oid: FIRST_OID + i,
      schema: 'public',
      name: table.name,
      kind: 'table',
      columns: known.map(({ name, type }, at) => ({
        name,
        attnum: at + 1,
        type: type.name,
        typeOid: type.oid,
        notNull: false,
        deterministic: true,
      })),
      parents: [],
      primaryKey: [],
      comment: table.description,
    };
  });
  const readable = tables.map(({ columns }) => columns !== null);
  const digest = hash('sha256', canonicalJson([levels, readable, relations]));
  const common = { digest, serverVersion: SERVER_VERSION, relations, types: [], functions: [] };
  return { digest, catalog: { ...common, levels: true } };
}
