import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import { builtinFunction } from './catalogindex.ts';
import { quoteName } from './quote.ts';
import { refusal } from './refusal.ts';
import type { Column, Range, Use } from './scope.ts';
import { tokenIndexAt } from './token.ts';
import { eachNode, stringNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';

/**
 * Grouping by a primary key lets a query name every other column of the table (PostgreSQL manual, GROUP BY). A subquery
 * or view in the table's place has no key, so the columns that rely on it are added to GROUP BY: the key determines
 * them, so the groups stay the same.
 */
export function expandKeys(a: Analysis, select: Inner<'SelectStmt'>, frame: Frame): void {
  const clause = select.groupClause ?? [];
  if (clause.length === 0 || clause.some((node) => 'GroupingSet' in node)) return;
  const grouped = new Set(clause.flatMap((node) => keyUses(a, select, node)));
  const ranges = (frame.level?.items ?? [])
    .filter((item) => item.names)
    .map((item) => item.range)
    .filter((range) => isWithoutKey(range) && range.key.every((column) => isIn(column, grouped)));
  if (ranges.length === 0) return;
  const named = new Set(ungroupedReferences(a, select).flatMap((column) => column.uses));
  const missing = ranges.flatMap((range) => missingColumns(range, { grouped, named }));
  if (missing.length > 0) insertKeys(a, select, missing);
}

/** Whether it stands for a table with a key, and is written as something that has none. */
function isWithoutKey(range: Range): boolean {
  const replaced = range.replaced || range.listings.some((listing) => listing.needed);
  return replaced && range.key.length > 0;
}

function isIn(column: Column, uses: ReadonlySet<Use>): boolean {
  return column.uses.some((cell) => uses.has(cell));
}

/** The columns behind one key: named, by position, or by the name of an output column. */
function keyUses(a: Analysis, select: Inner<'SelectStmt'>, node: Node): readonly Use[] {
  if ('RowExpr' in node) {
    return (node.RowExpr.args ?? []).flatMap((part) => keyUses(a, select, part));
  }
  const direct = 'ColumnRef' in node ? a.resolved.get(node.ColumnRef) : undefined;
  if (direct !== undefined) return direct.flatMap((column) => column.uses);
  const value = targetOf(select, node);
  if (value === undefined || !('ColumnRef' in value)) return [];
  return (a.resolved.get(value.ColumnRef) ?? []).flatMap((column) => column.uses);
}

function targetOf(select: Inner<'SelectStmt'>, node: Node): Node | undefined {
  const targets = (select.targetList ?? []).map((each) =>
    'ResTarget' in each ? each.ResTarget : undefined,
  );
  if ('A_Const' in node) return targets[(node.A_Const.ival?.ival ?? 0) - 1]?.val;
  const name = 'ColumnRef' in node ? textsOf(node.ColumnRef.fields)[0] : undefined;
  return targets.find((target) => target?.name === name)?.val;
}

/** Columns named where only grouped ones may be: outside aggregates. */
function ungroupedReferences(a: Analysis, select: Inner<'SelectStmt'>): readonly Column[] {
  const inside = new Set<object>();
  const found: Column[] = [];
  const { targetList, havingClause, sortClause, distinctClause, windowClause } = select;
  eachNode([targetList, havingClause, sortClause, distinctClause, windowClause], (tag, inner) => {
    if (tag === 'FuncCall' && isAggregate(inner)) {
      eachNode([inner['args'], inner['agg_filter'], inner['agg_order']], (_, part) =>
        inside.add(part),
      );
    }
    if (tag === 'ColumnRef' && !inside.has(inner)) found.push(...(a.resolved.get(inner) ?? []));
  });
  return found;
}

function isAggregate(inner: Record<string, unknown>): boolean {
  const name = textsOf(inner['funcname'] as Node[]).at(-1) ?? '';
  return builtinFunction(name)?.kind === 'aggregate' && inner['over'] === undefined;
}

type Missing = { readonly range: string; readonly column: string };

function missingColumns(
  range: Range,
  uses: { readonly grouped: ReadonlySet<Use>; readonly named: ReadonlySet<Use> },
): Missing[] {
  return range.columns
    .filter((column) => isIn(column, uses.named) && !isIn(column, uses.grouped))
    .map((column) => ({ range: range.name ?? '', column: column.name }));
}

function insertKeys(a: Analysis, select: Inner<'SelectStmt'>, missing: readonly Missing[]): void {
  const at = groupWords(a, select.groupClause);
  const text = missing.map(({ range, column }) => `${quoteName(range)}.${quoteName(column)}, `);
  a.edits.push({ start: at, end: at, text: text.join('') });
  const nodes = missing.map(({ range, column }): Node => ({
    ColumnRef: { fields: [stringNode(range), stringNode(column)] },
  }));
  select.groupClause = [...nodes, ...(select.groupClause ?? [])];
}

/** The byte where the first key begins: after GROUP BY, and after ALL or DISTINCT. */
function groupWords(a: Analysis, clause: readonly Node[] | undefined): number {
  let first = Number.MAX_SAFE_INTEGER;
  eachNode(clause, (_, inner) => {
    const location = inner['location'];
    if (typeof location === 'number' && location >= 0) first = Math.min(first, location);
  });
  let at = tokenIndexAt(a.tokens, first);
  while (at > 0 && !(a.tokens[at]?.text === 'by' && a.tokens[at - 1]?.text === 'group')) at--;
  const modified = ['all', 'distinct'].includes(a.tokens[at + 1]?.text ?? '');
  const next = a.tokens[at + (modified ? 2 : 1)];
  if (at === 0 || next === undefined)
    throw refusal('XX000', 'GROUP BY expected where the parser saw it');
  return next.start;
}
