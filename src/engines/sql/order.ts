import type { Analysis } from './analysis.ts';
import type { Frame, Output } from './frame.ts';
import { refusal } from './refusal.ts';
import { textsOf } from './tree.ts';
import type { Node } from './tree.ts';
import { PLAIN, requirePlain } from './value.ts';
import type { Value } from './value.ts';
import { sortOf } from './window.ts';

export type SelectScope = { readonly frame: Frame; readonly outputs: readonly Output[] };

/**
 * ORDER BY of a SELECT: a bare name is an output column first, a number is a position, anything else an expression over
 * the input (parse_clause.c, findTargetlistEntrySQL92).
 */
export function walkSelectSorts(
  a: Analysis,
  sorts: readonly Node[] | undefined,
  scope: SelectScope,
): void {
  for (const node of sorts ?? []) {
    const sort = sortOf(a, node);
    if (sort.node === undefined) continue;
    const value = outputKey(sort.node, scope.outputs);
    if (value !== null) note(a, sort.node);
    requirePlain(value ?? a.expression(sort.node, scope.frame), 'ORDER BY', sort.location);
  }
}

/** ORDER BY of a set operation or VALUES: names and positions of output columns only. */
export function walkOutputSorts(
  a: Analysis,
  sorts: readonly Node[] | undefined,
  outputs: readonly Output[],
): void {
  for (const node of sorts ?? []) {
    const sort = sortOf(a, node);
    const value = sort.node === undefined ? null : outputKey(sort.node, outputs);
    if (sort.node === undefined || value === null) {
      throw refusal('0A000', 'ORDER BY of a set operation expected a column name or position', {
        offset: sort.location,
      });
    }
    note(a, sort.node);
    requirePlain(value, 'ORDER BY', sort.location);
  }
}

/** Notes a key that was resolved to an output column, so that nothing else need look at it. */
export function note(a: Analysis, node: Node): void {
  for (const inner of Object.values(node)) a.seen.add(inner);
}

/**
 * The output column a key names by name or position, or null when it is an expression. Of several columns of one name
 * the one that carries most is taken: PostgreSQL lets them through only when they are equal.
 */
export function outputKey(node: Node, outputs: readonly Output[]): Value | null {
  if ('A_Const' in node && node.A_Const.ival !== undefined) {
    const output = outputs[(node.A_Const.ival.ival ?? 0) - 1];
    if (output === undefined)
      throw refusal(
        '42601',
        'ORDER BY, GROUP BY and DISTINCT ON expected a position in the select list',
      );
    return output.value;
  }
  const name = bareName(node);
  if (name === null) return null;
  const found = outputs.filter((output) => output.name === name);
  if (found.length === 0) return null;
  return (found.find((output) => output.value.kind === 'stream') ?? found[0])?.value ?? PLAIN;
}

/** The name of an unqualified column reference, else null. */
export function bareName(node: Node): string | null {
  if (!('ColumnRef' in node)) return null;
  const names = textsOf(node.ColumnRef.fields);
  return names.length === 1 ? (names[0] ?? null) : null;
}
