import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import { refusal } from './refusal.ts';
import type { Inner, Node } from './tree.ts';
import { requirePlain } from './value.ts';

/** Walks ORDER BY items whose names are input columns: inside aggregates and windows. A masked column cannot sort. */
export function walkSorts(a: Analysis, sorts: readonly Node[] | undefined, frame: Frame): void {
  for (const node of sorts ?? []) {
    const sort = sortOf(a, node);
    if (sort.node !== undefined) requirePlain(a.expression(sort.node, frame), 'ORDER BY');
  }
}

/** An ORDER BY item, its operator (USING) checked to be one of pg_catalog. */
export function sortOf(a: Analysis, node: Node): Inner<'SortBy'> {
  if (!('SortBy' in node)) throw refusal('0A000', 'ORDER BY expected a sort key');
  a.seen.add(node.SortBy);
  if ((node.SortBy.useOp ?? []).length > 1) {
    throw refusal('42883', 'ORDER BY … USING expected an operator without a schema');
  }
  return node.SortBy;
}

/** Walks a window. Partitions come in the order of raw values, so a masked column may neither partition nor sort. */
export function walkWindow(a: Analysis, window: Inner<'WindowDef'>, frame: Frame): void {
  a.seen.add(window);
  for (const node of window.partitionClause ?? []) {
    requirePlain(a.expression(node, frame), 'PARTITION BY');
  }
  walkSorts(a, window.orderClause, frame);
  for (const bound of [window.startOffset, window.endOffset]) {
    if (bound !== undefined) requirePlain(a.expression(bound, frame), 'a window frame');
  }
}
