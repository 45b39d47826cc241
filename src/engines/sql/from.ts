import { renamed } from './alias.ts';
import type { Analysis } from './analysis.ts';
import { anchorOf, closingAround, writeColumnList } from './columnlist.ts';
import type { Frame } from './frame.ts';
import type { Place } from './fromplace.ts';
import { tableFunction } from './functionrange.ts';
import { joinRange } from './joinrange.ts';
import { refusal } from './refusal.ts';
import { relationRange } from './relationrange.ts';
import { derivedRange, itemOf } from './scope.ts';
import type { Item, Level } from './scope.ts';
import { tagOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';

/** The frame of an item that sees its siblings: LATERAL, and every function. */
export function lateralFrame(place: Place): Frame {
  const { frame, siblings } = place;
  return { level: { items: siblings, outer: frame.level }, ctes: frame.ctes };
}

/** The level of names a FROM clause makes. */
export function fromLevel(a: Analysis, items: readonly Node[] | undefined, frame: Frame): Level {
  let found: readonly Item[] = [];
  for (const node of items ?? []) {
    found = [...found, ...fromItem(a, node, { frame, siblings: found })];
  }
  return { items: found, outer: frame.level };
}

/** What one FROM item adds to the names; throws 0A000 for a kind that is not known. */
export function fromItem(a: Analysis, node: Node, place: Place): readonly Item[] {
  if ('RangeVar' in node || 'RangeTableSample' in node) {
    return [itemOf(relationRange(a, node, place.frame))];
  }
  if ('RangeSubselect' in node) return [subqueryItem(a, node.RangeSubselect, place)];
  if ('RangeFunction' in node) {
    return [itemOf(tableFunction(a, node.RangeFunction, lateralFrame(place)))];
  }
  if ('JoinExpr' in node) return joinRange(a, node.JoinExpr, { place, item: fromItem });
  const hint = 'jsonb_to_recordset and jsonb_array_elements do the same for JSON';
  throw refusal('0A000', `FROM ${tagOf(node) ?? 'nothing'} is not supported`, { hint });
}

function subqueryItem(a: Analysis, inner: Inner<'RangeSubselect'>, place: Place): Item {
  a.seen.add(inner);
  const select = inner.subquery;
  if (select === undefined || !('SelectStmt' in select)) {
    throw refusal('0A000', 'a subquery in FROM expected SELECT');
  }
  const frame = inner.lateral === true ? lateralFrame(place) : place.frame;
  const anchor = anchorOf(select.SelectStmt);
  const outputs = a.query(select.SelectStmt, frame);
  const columns = renamed(
    outputs.map(({ name, value }) => ({ name, value, uses: [] })),
    inner.alias,
  );
  const name = inner.alias?.aliasname ?? `privet_${anchor}`;
  const last = closingAround(a, anchor, inner.alias);
  writeColumnList(a, { inner, last, name, names: columns.map((column) => column.name) });
  return itemOf(derivedRange(name, columns));
}
