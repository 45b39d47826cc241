import { refusal } from './refusal.ts';
import type { Value } from './value.ts';

/** `used` is set when a column is named somewhere, so that it is listed; `starred` when a star stood for its range. */
export type Use = { used: boolean; starred: boolean };

export function unused(): Use {
  return { used: false, starred: false };
}

/** Set when the relation must be written as a subquery of the columns we know, so that the server knows no other. */
export type Listing = { needed: boolean };

export type Column = {
  readonly name: string;
  readonly value: Value;
  /** The relation columns behind it that must be listed when it is used. */
  readonly uses: readonly Use[];
};

/** One named set of columns of a FROM clause. */
export type Range = {
  /** Null for a join or subquery without a name. */
  readonly name: string | null;
  /** Set when `schema.name.column` may be written, that is, for a relation without an alias. */
  readonly schema: string | null;
  readonly columns: readonly Column[];
  /** System columns that can be named although they are not in `*`. */
  readonly system: readonly Column[];
  /** The columns of the primary key, when all are shown as they are (or injectively) and the relation is written as something else. */
  readonly key: readonly Column[];
  /** Whether the relation behind it is written as something else, so that its schema cannot qualify columns. */
  readonly replaced: boolean;
  /** A relation under a rule that hides or masks: what it has not got is refused, not looked for further out. */
  readonly guarded: boolean;
  /** Of the tables behind it that are written by name: the server may know columns of them that the catalog does not. */
  readonly listings: readonly Listing[];
};

/** A range as one level of names sees it: whether its name and its bare column names are visible. */
export type Item = { readonly range: Range; readonly names: boolean; readonly columns: boolean };

/** One level of names; `outer` is the query around it. */
export type Level = { readonly items: readonly Item[]; readonly outer: Level | null };

const SYSTEM_COLUMNS = new Set(['ctid', 'xmin', 'cmin', 'xmax', 'cmax', 'tableoid']);

export function isSystemColumn(name: string): boolean {
  return SYSTEM_COLUMNS.has(name);
}

export function itemOf(range: Range): Item {
  return { range, names: true, columns: true };
}

/** A range that is no relation: a subquery, a function, a join. */
export function derivedRange(
  name: string | null,
  columns: readonly Column[],
  listings: readonly Listing[] = [],
): Range {
  const rest = { system: [], key: [], replaced: false, guarded: false };
  return { name, schema: null, columns, ...rest, listings };
}

/** Has every table of a level written as a subquery of its known columns. */
export function listLevel(level: Level): void {
  for (const { range } of level.items) for (const listing of range.listings) listing.needed = true;
}

/** All columns of a range, each noted as used, and no others: what a star or a whole row is made of. */
export function useAll(range: Range): readonly Column[] {
  for (const listing of range.listings) listing.needed = true;
  for (const column of range.columns) use(column);
  return range.columns;
}

/** The column with its uses noted. */
export function use(column: Column): Column {
  for (const cell of column.uses) cell.used = true;
  return column;
}

/** A column and the level it was found at. */
export type Found = { readonly column: Column; readonly level: Level };

/**
 * The column a bare name means, from the innermost level out (parse_relation.c, colNameToVar). Undefined when there
 * is none; throws 42702 when two ranges of one level have it.
 */
export function findColumn(level: Level | null, name: string, offset?: number): Found | undefined {
  for (let at = level; at !== null; at = at.outer) {
    const found = at.items
      .filter((item) => item.columns)
      .flatMap((item) => columnsNamed(item.range, name));
    if (found.length > 1)
      throw refusal('42702', `column reference \`${name}\` is ambiguous`, { offset });
    const column = found[0];
    if (column !== undefined) return { column: use(column), level: at };
    refuseSystemColumn(at, name, offset);
  }
  return undefined;
}

/** The columns of that name in one range: its own, or else its system columns; throws 42702 when it has two. */
export function columnsNamed(range: Range, name: string): readonly Column[] {
  const own = range.columns.filter((column) => column.name === name);
  return own.length > 0 ? own : range.system.filter((column) => column.name === name);
}

function refuseSystemColumn(level: Level, name: string, offset?: number): void {
  if (!isSystemColumn(name)) return;
  const guarded = level.items.some((item) => item.range.guarded);
  if (guarded) throw systemColumnRefusal(name, offset);
}

export function systemColumnRefusal(name: string, offset?: number): Error {
  return refusal('42501', `system column \`${name}\` is not shown for relations under a policy`, {
    hint: 'name the columns of the primary key instead',
    offset,
  });
}

/** The range a name means (parse_relation.c, refnameNamespaceItem); throws 42702 when two of one level have it. */
export function findRange(
  level: Level | null,
  name: string,
  schema: string | null,
): Range | undefined {
  for (let at = level; at !== null; at = at.outer) {
    const found = at.items.filter(
      (item) => item.names && item.range.name === name && matchesSchema(item.range, schema),
    );
    if (found.length > 1) throw refusal('42702', `table reference \`${name}\` is ambiguous`);
    if (found[0] !== undefined) return found[0].range;
  }
  return undefined;
}

function matchesSchema(range: Range, schema: string | null): boolean {
  return schema === null || range.schema === schema;
}
