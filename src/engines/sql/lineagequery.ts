import {
  bareColumn,
  contributor,
  joined,
  NOTHING,
  rangeColumn,
  rangeNamed,
} from './lineagescope.ts';
import type { Contributors, MadeColumn, MadeRange, MadeScope } from './lineagescope.ts';
import { figureName, UNNAMED } from './name.ts';
import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';

/** A table as the catalog knows it: its schema, and its columns in order. */
export type KnownTable = { readonly schema: string; readonly columns: readonly string[] };

/** What a walk finds besides columns. */
export type LineageWalk = {
  /** The table a name means, null when it is not known. */
  readonly tableOf: (schema: string | null, name: string) => KnownTable | null;
  readonly tables: Map<string, { readonly schema: string; readonly table: string }>;
  /** Things that could not be followed. */
  gaps: number;
  /** Of those, `*` of a table whose columns are not known: more columns may come out. */
  unlisted: number;
};

type Ctes = ReadonlyMap<string, readonly MadeColumn[]>;
type Frame = { readonly scope: MadeScope | null; readonly ctes: Ctes };
type Select = Inner<'SelectStmt'>;

/** A recursive query that still finds contributors after so many rounds is followed no further. */
const ROUNDS_MAX = 20;

/** The output columns of a query with what each is made of. */
export function madeColumns(
  walk: LineageWalk,
  select: Select,
  frame: Frame,
): readonly MadeColumn[] {
  const inner = { ...frame, ctes: withCtes(walk, select, frame) };
  if (select.larg !== undefined && select.rarg !== undefined) {
    return unionOf(madeColumns(walk, select.larg, inner), madeColumns(walk, select.rarg, inner));
  }
  if (select.valuesLists !== undefined) return valuesColumns(walk, select.valuesLists, inner);
  const scope = { ranges: fromRanges(walk, select.fromClause ?? [], inner), outer: inner.scope };
  const here = { scope, ctes: inner.ctes };
  return (select.targetList ?? []).flatMap((target) =>
    'ResTarget' in target ? targetColumns(walk, target.ResTarget, here) : [],
  );
}

function targetColumns(
  walk: LineageWalk,
  target: Inner<'ResTarget'>,
  frame: Frame,
): readonly MadeColumn[] {
  const star = starOf(target.val);
  if (star !== null) return starColumns(walk, star, frame);
  const name = target.name ?? givenName(target.val);
  return [{ name, from: contributors(walk, target.val, frame) }];
}

/** A name PostgreSQL would give; a scalar subquery is named after its first column. */
function givenName(node: Node | undefined): string {
  const name = figureName(node);
  if (typeof name === 'string') return name;
  const select = name.subselect;
  const target =
    select !== undefined && 'SelectStmt' in select ? select.SelectStmt.targetList?.[0] : undefined;
  if (target === undefined || !('ResTarget' in target)) return UNNAMED;
  return target.ResTarget.name ?? givenName(target.ResTarget.val);
}

/** The names before `*`, or null for anything but a star. */
function starOf(node: Node | undefined): readonly string[] | null {
  if (node === undefined || !('ColumnRef' in node)) return null;
  const fields = node.ColumnRef.fields ?? [];
  const last = fields.at(-1);
  if (last === undefined || !('A_Star' in last)) return null;
  return textsOf(fields.slice(0, -1)).map((text) => text ?? '');
}

function starColumns(
  walk: LineageWalk,
  names: readonly string[],
  { scope }: Frame,
): readonly MadeColumn[] {
  const name = names.at(-1);
  const ranges =
    name === undefined
      ? (scope?.ranges ?? []).filter((range) => range.bare)
      : [rangeNamed(scope, { name, schema: names.at(-2) ?? null })];
  return ranges.flatMap((range) => {
    if (range === null || range.open) {
      walk.gaps += 1;
      walk.unlisted += 1;
    }
    return range?.columns ?? [];
  });
}

/** Every column a value is made of: those it is computed from, in conditions inside it and subqueries too. */
function contributors(walk: LineageWalk, node: unknown, frame: Frame): Contributors {
  if (Array.isArray(node)) return joined(node.map((one) => contributors(walk, one, frame)));
  if (typeof node !== 'object' || node === null) return NOTHING;
  if ('ColumnRef' in node) {
    return columnContributors(walk, (node as { ColumnRef: Inner<'ColumnRef'> }).ColumnRef, frame);
  }
  if ('SubLink' in node) {
    return sublinkContributors(walk, (node as { SubLink: Inner<'SubLink'> }).SubLink, frame);
  }
  return joined(Object.values(node).map((part) => contributors(walk, part, frame)));
}

function columnContributors(
  walk: LineageWalk,
  reference: Inner<'ColumnRef'>,
  { scope }: Frame,
): Contributors {
  const fields = textsOf(reference.fields);
  const [column, name, schema] = fields.toReversed();
  const star = column === undefined && name !== undefined;
  const found = star
    ? joined(
        rangeNamed(scope, { name, schema: schema ?? null })?.columns.map(({ from }) => from) ?? [],
      )
    : column === undefined
      ? null
      : name === undefined
        ? bareColumn(scope, column)
        : rangeColumn(scope, { name, schema: schema ?? null }, column);
  if (found === null) walk.gaps += 1;
  return found ?? NOTHING;
}

/** What EXISTS and IN look at decides rows or truth, but a scalar subquery hands its column on. */
function sublinkContributors(
  walk: LineageWalk,
  sublink: Inner<'SubLink'>,
  frame: Frame,
): Contributors {
  const select = sublink.subselect;
  if (select === undefined || !('SelectStmt' in select)) return NOTHING;
  const columns = madeColumns(walk, select.SelectStmt, frame);
  const tested = contributors(walk, sublink.testexpr, frame);
  if (sublink.subLinkType === 'EXISTS_SUBLINK') return NOTHING;
  return joined([tested, ...columns.map((column) => column.from)]);
}

function withCtes(walk: LineageWalk, select: Select, frame: Frame): Ctes {
  const { withClause } = select;
  const known = new Map(frame.ctes);
  for (const node of withClause?.ctes ?? []) {
    if (!('CommonTableExpr' in node)) continue;
    const cte = node.CommonTableExpr;
    const query = cte.ctequery;
    if (query === undefined || !('SelectStmt' in query)) {
      walk.gaps += 1;
      continue;
    }
    const names = textsOf(cte.aliascolnames);
    const recursive = withClause?.recursive === true && query.SelectStmt.larg !== undefined;
    const read = (ctes: Ctes, part: Select) =>
      named(madeColumns(walk, part, { scope: frame.scope, ctes }), names);
    known.set(
      cte.ctename ?? '',
      recursive
        ? recursiveColumns({ name: cte.ctename ?? '', select: query.SelectStmt, read }, known)
        : read(known, query.SelectStmt),
    );
  }
  return known;
}

type Recursive = {
  readonly name: string;
  readonly select: Select;
  readonly read: (ctes: Ctes, part: Select) => readonly MadeColumn[];
};

/** Starts from the arm that does not refer to itself and goes round until nothing new contributes. */
function recursiveColumns({ name, select, read }: Recursive, around: Ctes): readonly MadeColumn[] {
  let columns = select.larg === undefined ? [] : read(around, select.larg);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const next = read(new Map([...around, [name, columns]]), select);
    const grew = next.some(({ from }, i) => from.size > (columns[i]?.from.size ?? 0));
    columns = next;
    if (!grew) break;
  }
  return columns;
}

function fromRanges(walk: LineageWalk, items: readonly Node[], frame: Frame): readonly MadeRange[] {
  const found: MadeRange[] = [];
  for (const item of items) {
    const beside = { ranges: [...found], outer: frame.scope };
    found.push(...itemRanges(walk, item, { scope: beside, ctes: frame.ctes }));
  }
  return found;
}

/** What one FROM item adds; `frame` holds what stands before it, for LATERAL and functions. */
function itemRanges(walk: LineageWalk, item: Node, frame: Frame): readonly MadeRange[] {
  if ('RangeVar' in item) return [tableRange(walk, item.RangeVar, frame)];
  if ('RangeTableSample' in item && item.RangeTableSample.relation !== undefined) {
    return itemRanges(walk, item.RangeTableSample.relation, frame);
  }
  if ('RangeSubselect' in item) {
    const { subquery, alias } = item.RangeSubselect;
    if (subquery === undefined || !('SelectStmt' in subquery)) return [];
    return [derived(madeColumns(walk, subquery.SelectStmt, frame), alias)];
  }
  if ('JoinExpr' in item) return joinRanges(walk, item.JoinExpr, frame);
  if ('RangeFunction' in item) return [functionRange(walk, item.RangeFunction, frame)];
  walk.gaps += 1;
  return [];
}

function tableRange(walk: LineageWalk, range: Inner<'RangeVar'>, { ctes }: Frame): MadeRange {
  const table = range.relname ?? '';
  const alias = range.alias;
  const cte = range.schemaname === undefined ? ctes.get(table) : undefined;
  if (cte !== undefined) return derived(cte, alias ?? { aliasname: table });
  const known = walk.tableOf(range.schemaname ?? null, table);
  const schema = known?.schema ?? range.schemaname ?? '';
  walk.tables.set(JSON.stringify([schema, table]), { schema, table });
  if (known === null) walk.gaps += 1;
  const columns = (known?.columns ?? []).map((column) => ({
    name: column,
    from: contributor({ schema, table, column }),
  }));
  return {
    name: alias?.aliasname ?? table,
    schema: alias === undefined ? schema : null,
    columns: named(columns, textsOf(alias?.colnames)),
    open: known === null,
    table: { schema, table },
    bare: true,
  };
}

/** The columns of a function are made of its arguments, and it has the names its alias gives. */
function functionRange(walk: LineageWalk, range: Inner<'RangeFunction'>, frame: Frame): MadeRange {
  const from = contributors(walk, range.functions, frame);
  const { alias } = range;
  const listed = textsOf(alias?.colnames);
  const typed = (range.coldeflist ?? []).map((node) =>
    'ColumnDef' in node ? node.ColumnDef.colname : undefined,
  );
  const names = listed.length > 0 ? listed : typed.length > 0 ? typed : [alias?.aliasname];
  const columns = [...names, ...(range.ordinality === true ? ['ordinality'] : [])].map((name) => ({
    name: name ?? UNNAMED,
    from,
  }));
  return derived(columns, alias === undefined ? undefined : { aliasname: alias.aliasname ?? '' });
}

/** Both arms under their own names; columns of USING and NATURAL are seen once, made of both. */
function joinRanges(
  walk: LineageWalk,
  join: Inner<'JoinExpr'>,
  frame: Frame,
): readonly MadeRange[] {
  if (join.larg === undefined || join.rarg === undefined) return [];
  const left = itemRanges(walk, join.larg, frame);
  const beside = { ranges: [...(frame.scope?.ranges ?? []), ...left], outer: frame.scope };
  const right = itemRanges(walk, join.rarg, { scope: beside, ctes: frame.ctes });
  const shared = sharedNames(walk, join, { left, right });
  if (shared.length === 0 && join.alias === undefined) return [...left, ...right];
  const columnsOf = (ranges: readonly MadeRange[]) =>
    ranges.filter((range) => range.bare).flatMap((range) => range.columns);
  const all = [...columnsOf(left), ...columnsOf(right)];
  const merged = shared.map((name) => ({
    name,
    from: joined(all.filter((column) => column.name === name).map((column) => column.from)),
  }));
  const whole = [...merged, ...all.filter((column) => !shared.includes(column.name))];
  const arms = [...left, ...right];
  const open = arms.some((range) => range.bare && range.open);
  const around = { ...derived(whole, join.alias), open };
  return join.alias === undefined
    ? [around, ...arms.map((range) => ({ ...range, bare: false }))]
    : [around];
}

type Arms = { readonly left: readonly MadeRange[]; readonly right: readonly MadeRange[] };

function sharedNames(
  walk: LineageWalk,
  join: Inner<'JoinExpr'>,
  { left, right }: Arms,
): readonly string[] {
  if (join.isNatural !== true) {
    return textsOf(join.usingClause).flatMap((name) => (name === undefined ? [] : [name]));
  }
  if ([...left, ...right].some((range) => range.open)) walk.gaps += 1;
  const namesOf = (ranges: readonly MadeRange[]) =>
    ranges.filter((range) => range.bare).flatMap((range) => range.columns.map(({ name }) => name));
  const others = new Set(namesOf(right));
  return namesOf(left).filter((name) => others.has(name));
}

function valuesColumns(
  walk: LineageWalk,
  lists: readonly Node[],
  frame: Frame,
): readonly MadeColumn[] {
  const rows = lists.map((list) => ('List' in list ? (list.List.items ?? []) : []));
  return (rows[0] ?? []).map((_, i) => ({
    name: `column${i + 1}`,
    from: joined(rows.map((row) => contributors(walk, row[i], frame))),
  }));
}

function derived(columns: readonly MadeColumn[], alias: Inner<'Alias'> | undefined): MadeRange {
  return {
    name: alias?.aliasname ?? null,
    schema: null,
    columns: named(columns, textsOf(alias?.colnames)),
    open: false,
    table: null,
    bare: true,
  };
}

function named(
  columns: readonly MadeColumn[],
  names: readonly (string | undefined)[],
): readonly MadeColumn[] {
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

function unionOf(left: readonly MadeColumn[], right: readonly MadeColumn[]): readonly MadeColumn[] {
  return left.map((column, i) => ({
    name: column.name,
    from: joined([column.from, right[i]?.from ?? NOTHING]),
  }));
}
