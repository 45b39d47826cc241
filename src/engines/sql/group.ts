import type { Analysis } from './analysis.ts';
import { bareName, note, outputKey } from './order.ts';
import type { SelectScope } from './order.ts';
import { refusal } from './refusal.ts';
import { columnsNamed, listLevel } from './scope.ts';
import type { Inner, Node } from './tree.ts';
import { requireInjective } from './value.ts';
import type { Value } from './value.ts';

/** GROUP BY with its grouping sets: a masked column may group when equal tokens mean equal values. */
export function walkGroups(a: Analysis, select: Inner<'SelectStmt'>, scope: SelectScope): void {
  for (const node of select.groupClause ?? []) walkGroup(a, node, scope);
}

function walkGroup(a: Analysis, node: Node, scope: SelectScope): void {
  if ('GroupingSet' in node) {
    a.seen.add(node.GroupingSet);
    for (const part of node.GroupingSet.content ?? []) walkGroup(a, part, scope);
    return;
  }
  if ('RowExpr' in node) {
    a.seen.add(node.RowExpr);
    for (const part of node.RowExpr.args ?? []) walkGroup(a, part, scope);
    return;
  }
  requireInjective(groupValue(a, node, scope), 'GROUP BY');
}

/** A bare name is an input column of this query first, unlike in ORDER BY (parse_clause.c, findTargetlistEntrySQL92). */
function groupValue(a: Analysis, node: Node, scope: SelectScope): Value {
  const name = bareName(node);
  const here = scope.frame.level?.items.filter((item) => item.columns) ?? [];
  const input = name !== null && here.some((item) => columnsNamed(item.range, name).length > 0);
  const key = input ? null : outputKey(node, scope.outputs);
  if (key === null) return a.expression(node, scope.frame);
  if ('A_Const' in node && key.kind === 'row')
    throw refusal('0A000', 'GROUP BY expected no whole row');
  // An output column's name could be one the server has for a column added to a table since.
  if (name !== null && scope.frame.level !== null) listLevel(scope.frame.level);
  note(a, node);
  return key;
}
