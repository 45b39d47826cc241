import type { Analysis } from './analysis.ts';
import { quoteName } from './quote.ts';
import { listLevel } from './scope.ts';
import type { Found, Item, Level } from './scope.ts';
import { stringNode } from './tree.ts';
import type { Inner } from './tree.ts';

/** What a bare name was found as, and the level the search for it began at. */
export type Outer = { readonly found: Found; readonly level: Level | null };

/**
 * Writes a bare name of an outer query with its table, so that no column the server may find further in can take it.
 * Where no name of a table can be written (a merged column of a join, a name hidden further in), every table in
 * between is written as a subquery of its known columns instead.
 */
export function pinOuter(a: Analysis, inner: Inner<'ColumnRef'>, { found, level }: Outer): void {
  const passed = levelsUpTo(level, found.level).filter((each) => each.items.length > 0);
  const at = inner.location;
  if (passed.length === 0 || at === undefined) return;
  const name = qualifierOf(found);
  const hidden = passed.some((each) => each.items.some((item) => isNamed(item, name)));
  if (name === null || hidden) return passed.forEach(listLevel);
  a.edits.push({ start: at, end: at, text: `${quoteName(name)}.` });
  inner.fields = [stringNode(name), ...(inner.fields ?? [])];
}

function levelsUpTo(from: Level | null, end: Level): readonly Level[] {
  const levels: Level[] = [];
  for (let at = from; at !== null && at !== end; at = at.outer) levels.push(at);
  return levels;
}

/** The name of the one range the column can be named by, or null. */
function qualifierOf({ column, level }: Found): string | null {
  const owner = level.items.find(
    ({ names, range }) =>
      names && (range.columns.includes(column) || range.system.includes(column)),
  );
  const name = owner?.range.name ?? null;
  return level.items.filter((item) => isNamed(item, name)).length === 1 ? name : null;
}

function isNamed(item: Item, name: string | null): boolean {
  return name !== null && item.names && item.range.name === name;
}
