import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';

/** A constant as it is written, or the number of a parameter. */
export type UsedConstant =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'parameter'; readonly number: number };

/** Rows that a place in FROM is limited to: those whose column equals one of the constants. */
export type Restriction = { readonly column: string; readonly constants: readonly UsedConstant[] };

/**
 * What a statement reads, by its syntax: never less than it does read. A door that has to bring the rows together before
 * the statement runs needs to bring no more than this.
 */
export type TableUse = {
  /** Every name in the statement: a column that is not among them is not read by name. */
  readonly names: readonly string[];
  /** Whether columns can be read without being named: `*`, a whole row, NATURAL JOIN, columns renamed by their place. */
  readonly unnamed: boolean;
  /** By name of a table: for each place it stands in, what limits its rows there; no list, no limit. */
  readonly tables: ReadonlyMap<string, readonly (readonly Restriction[])[]>;
};

type Gathered = {
  readonly names: Set<string>;
  readonly ranges: Set<string>;
  readonly bare: Set<string>;
  unnamed: boolean;
  readonly tables: Map<string, (readonly Restriction[])[]>;
  readonly limits: Map<object, readonly Restriction[]>;
};

/** What the statement of a parse tree reads. */
export function tableUseOf(tree: Node): TableUse {
  const gathered: Gathered = {
    names: new Set(),
    ranges: new Set(),
    bare: new Set(),
    unnamed: false,
    tables: new Map(),
    limits: new Map(),
  };
  walk(tree, gathered);
  const { names, ranges, bare, unnamed, tables } = gathered;
  const rows = [...bare].some((name) => ranges.has(name));
  return { names: [...names], unnamed: unnamed || rows, tables };
}

/** Selects come first, so that the limits of a place are known when it is met. */
function walk(tree: unknown, into: Gathered): void {
  if (Array.isArray(tree)) {
    for (const item of tree) walk(item, into);
    return;
  }
  if (typeof tree !== 'object' || tree === null) return;
  const inner = tree as Record<string, unknown>;
  if (Array.isArray(inner['fromClause'])) limitPlaces(inner, into.limits);
  for (const [key, value] of Object.entries(inner)) {
    if (typeof value !== 'object' || value === null) continue;
    note(key, value, into);
    walk(value, into);
  }
}

function note(key: string, value: object, into: Gathered): void {
  if (key === 'String') into.names.add((value as Inner<'String'>).sval ?? '');
  if (key === 'A_Star') into.unnamed = true;
  if (key === 'JoinExpr' && (value as Inner<'JoinExpr'>).isNatural === true) into.unnamed = true;
  if (key === 'ColumnRef') {
    const [only, ...more] = textsOf((value as Inner<'ColumnRef'>).fields);
    if (only !== undefined && more.length === 0) into.bare.add(only);
  }
  if (key === 'alias') into.ranges.add((value as Inner<'Alias'>).aliasname ?? '');
  if (key === 'RangeVar') noteTable(value, into);
}

function noteTable(range: Inner<'RangeVar'>, into: Gathered): void {
  const name = range.relname ?? '';
  into.ranges.add(name);
  if ((range.alias?.colnames ?? []).length > 0) into.unnamed = true;
  const places = into.tables.get(name) ?? [];
  places.push(into.limits.get(range) ?? []);
  into.tables.set(name, places);
}

/** Of each table in FROM, the comparisons of WHERE that every row of it has to pass. */
function limitPlaces(select: Inner<'SelectStmt'>, limits: Gathered['limits']): void {
  const { fromClause = [], whereClause } = select;
  const ranges = fromClause.flatMap((item) => rangesOf(item));
  const alone =
    fromClause.length === 1 && fromClause[0] !== undefined && 'RangeVar' in fromClause[0];
  const equalities = conjuncts(whereClause).flatMap((term) => equalityOf(term) ?? []);
  for (const range of ranges) {
    const name = range.alias?.aliasname ?? range.relname ?? '';
    // Under other names for its columns, a comparison may be with another one than it says.
    const renamed = (range.alias?.colnames ?? []).length > 0;
    const own = equalities.filter(
      ({ table }) => !renamed && (table === null ? alone : table === name),
    );
    limits.set(
      range,
      own.map(({ column, constants }) => ({ column, constants })),
    );
  }
}

function rangesOf(item: Node): readonly Inner<'RangeVar'>[] {
  if ('RangeVar' in item) return [item.RangeVar];
  if (!('JoinExpr' in item)) return [];
  const { larg, rarg } = item.JoinExpr;
  return [larg, rarg].flatMap((side) => (side === undefined ? [] : rangesOf(side)));
}

function conjuncts(condition: Node | undefined): readonly Node[] {
  if (condition === undefined) return [];
  if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR')
    return (condition.BoolExpr.args ?? []).flatMap((term) => conjuncts(term));
  return [condition];
}

type Equality = Restriction & { readonly table: string | null };

/** `column = constant`, `constant = column` and `column IN (constants)`; null for anything else. */
function equalityOf(term: Node): Equality | null {
  if (!('A_Expr' in term)) return null;
  const { kind, name, lexpr, rexpr } = term.A_Expr;
  if (textsOf(name).join('.') !== '=' || lexpr === undefined || rexpr === undefined) return null;
  if (kind === 'AEXPR_IN') {
    const items = 'List' in rexpr ? (rexpr.List.items ?? []) : [];
    return equality(lexpr, items);
  }
  if (kind !== 'AEXPR_OP') return null;
  return equality(lexpr, [rexpr]) ?? equality(rexpr, [lexpr]);
}

function equality(column: Node, values: readonly Node[]): Equality | null {
  if (!('ColumnRef' in column)) return null;
  const names = textsOf(column.ColumnRef.fields);
  const [last, table = null, ...more] = names.toReversed();
  const constants = values.flatMap((value) => constantOf(value) ?? []);
  if (last === undefined || more.length > 0 || constants.length !== values.length) return null;
  return { table: table ?? null, column: last, constants };
}

function constantOf(node: Node): UsedConstant | null {
  if ('ParamRef' in node) return { kind: 'parameter', number: node.ParamRef.number ?? 0 };
  if (!('A_Const' in node)) return null;
  const { sval, ival, fval } = node.A_Const;
  if (sval !== undefined) return { kind: 'text', text: sval.sval ?? '' };
  if (ival !== undefined) return { kind: 'number', text: String(ival.ival ?? 0) };
  return fval === undefined ? null : { kind: 'number', text: fval.fval ?? '' };
}
