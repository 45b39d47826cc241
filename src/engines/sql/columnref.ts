import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import { pinOuter } from './outerref.ts';
import { refusal } from './refusal.ts';
import {
  columnsNamed,
  findColumn,
  findRange,
  isSystemColumn,
  listLevel,
  systemColumnRefusal,
  use,
  useAll,
} from './scope.ts';
import type { Column, Range } from './scope.ts';
import { tokenIndexAt } from './token.ts';
import { textsOf } from './tree.ts';
import type { Inner } from './tree.ts';
import type { Value } from './value.ts';

/** A column reference taken apart: `schema.range.column`, with `column` null for a star. */
type Reference = {
  readonly schema: string | null;
  readonly range: string | null;
  readonly column: string | null;
};

/**
 * What a column reference carries; `t` and `t.*` are the whole row here. Strict, unlike PostgreSQL, which would try
 * `t.name` as a call of the function `name`: a name that is no column is refused (42703, 42P01).
 */
export function columnValue(a: Analysis, inner: Inner<'ColumnRef'>, frame: Frame): Value {
  const reference = referenceOf(inner);
  const offset = inner.location;
  if (reference.range !== null) {
    const range = rangeOf(a, inner, frame);
    if (reference.column === null) return rowValue(a, inner, range);
    return resolvedValue(a, inner, qualifiedColumn(range, reference.column, offset));
  }
  if (reference.column === null) {
    throw refusal('42601', 'a star expected a table name before it here', { offset });
  }
  const found = findColumn(frame.level, reference.column, offset);
  if (found !== undefined) {
    pinOuter(a, inner, { found, level: frame.level });
    return resolvedValue(a, inner, found.column);
  }
  const range = findRange(frame.level, reference.column, null);
  if (range !== undefined) {
    for (let at = frame.level; at !== null; at = at.outer) listLevel(at);
    return rowValue(a, inner, range);
  }
  throw refusal('42703', `column \`${reference.column}\` does not exist`, { offset });
}

/** The columns `*` or `t.*` stands for in a select list, in order; null when the reference is no star. */
export function starColumns(
  a: Analysis,
  inner: Inner<'ColumnRef'>,
  frame: Frame,
): readonly Column[] | null {
  const reference = referenceOf(inner);
  if (reference.column !== null) return null;
  a.seen.add(inner);
  const ranges = reference.range === null ? visibleRanges(frame) : [rangeOf(a, inner, frame)];
  for (const range of ranges) refuseStarWithSystem(range);
  const columns = ranges.flatMap(useAll);
  a.resolved.set(inner, columns);
  return columns;
}

function resolvedValue(a: Analysis, inner: Inner<'ColumnRef'>, column: Column): Value {
  a.resolved.set(inner, [column]);
  return column.value;
}

function visibleRanges(frame: Frame): Range[] {
  const items = frame.level?.items ?? [];
  if (items.length === 0) {
    throw refusal('42601', 'SELECT * expected a FROM clause');
  }
  return items.filter((item) => item.columns).map((item) => item.range);
}

/** A star must not show system columns that were listed only because they were named. */
function refuseStarWithSystem(range: Range): void {
  for (const column of range.system) for (const cell of column.uses) cell.starred = true;
}

/** The range a qualified reference names; its schema is cut out where the relation is written otherwise upstream. */
function rangeOf(a: Analysis, inner: Inner<'ColumnRef'>, frame: Frame): Range {
  const { range: name, schema } = referenceOf(inner);
  const range = name === null ? undefined : findRange(frame.level, name, schema);
  if (range === undefined) {
    throw refusal('42P01', `missing FROM-clause entry for table \`${name ?? ''}\``, {
      offset: inner.location,
    });
  }
  if (schema !== null && range.replaced) cutSchema(a, inner);
  else if (schema !== null && range.listings.length > 0) {
    a.later.push(() => {
      if (range.listings.some((listing) => listing.needed)) cutSchema(a, inner);
    });
  }
  return range;
}

function cutSchema(a: Analysis, inner: Inner<'ColumnRef'>): void {
  const at = tokenIndexAt(a.tokens, inner.location ?? -1);
  const [start, dot, next] = [a.tokens[at], a.tokens[at + 1], a.tokens[at + 2]];
  if (start === undefined || dot?.text !== '.' || next === undefined) {
    throw refusal('0A000', 'column reference expected to be written schema.table.column');
  }
  a.edits.push({ start: start.start, end: next.start, text: '' });
  inner.fields = (inner.fields ?? []).slice(1);
}

function qualifiedColumn(range: Range, name: string, offset: number | undefined): Column {
  const found = columnsNamed(range, name);
  if (found.length > 1)
    throw refusal('42702', `column reference \`${name}\` is ambiguous`, { offset });
  if (found[0] !== undefined) return use(found[0]);
  if (range.guarded && isSystemColumn(name)) throw systemColumnRefusal(name, offset);
  throw refusal('42703', `column \`${range.name ?? ''}.${name}\` does not exist`, { offset });
}

function rowValue(a: Analysis, inner: Inner<'ColumnRef'>, range: Range): Value {
  const columns = useAll(range);
  a.resolved.set(inner, columns);
  return { kind: 'row', fields: columns.map(({ name, value }) => ({ name, value })) };
}

function referenceOf(inner: Inner<'ColumnRef'>): Reference {
  const fields = inner.fields ?? [];
  const last = fields.at(-1);
  const star = last !== undefined && 'A_Star' in last;
  const names = textsOf(star ? fields.slice(0, -1) : fields);
  const column = star ? null : (names.pop() ?? null);
  if (names.length > 2 || names.includes(undefined)) {
    throw refusal('0A000', 'column reference expected at most schema.table.column', {
      offset: inner.location,
    });
  }
  const range = names.pop() ?? null;
  return { schema: names.pop() ?? null, range, column };
}
