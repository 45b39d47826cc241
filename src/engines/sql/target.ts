import type { Analysis } from './analysis.ts';
import type { Frame, Output } from './frame.ts';
import { starColumns } from './columnref.ts';
import { starFields } from './indirection.ts';
import { figureName, UNNAMED } from './name.ts';
import { refusal } from './refusal.ts';
import type { Inner, Node } from './tree.ts';
import { requirePlain } from './value.ts';
import type { Value } from './value.ts';

/** The columns of a select list, stars expanded and unnamed ones named as PostgreSQL would. */
export function targetOutputs(
  a: Analysis,
  targets: readonly Node[] | undefined,
  frame: Frame,
): readonly Output[] {
  return (targets ?? []).flatMap((node) => {
    if (!('ResTarget' in node) || node.ResTarget.val === undefined) {
      throw refusal('0A000', 'a select list expected expressions');
    }
    a.seen.add(node.ResTarget);
    const { val, name } = node.ResTarget;
    const expanded = starOutputs(a, val, frame);
    if (expanded !== null) return expanded;
    const named = name ?? figureName(val);
    const value = outputValue(a.expression(val, frame));
    return [{ name: typeof named === 'string' ? named : subqueryName(a, named), value }];
  });
}

/** A scalar subquery lends its column's name, which is only known once it has been walked. */
function subqueryName(a: Analysis, inner: Inner<'SubLink'>): string {
  return a.subqueries.get(inner)?.[0]?.name ?? UNNAMED;
}

function starOutputs(a: Analysis, node: Node, frame: Frame): readonly Output[] | null {
  if ('ColumnRef' in node) return starColumns(a, node.ColumnRef, frame);
  if (!('A_Indirection' in node)) return null;
  return starFields(a, node.A_Indirection, frame);
}

/** A whole row is one value made of its columns, so a masked column in it could not be masked any more. */
function outputValue(value: Value): Value {
  if (value.kind !== 'row') return value;
  requirePlain(value, 'a whole row');
  return value;
}
