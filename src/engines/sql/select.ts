import type { Analysis } from './analysis.ts';
import type { Frame, Output } from './frame.ts';
import { withFrame } from './cte.ts';
import { fromLevel } from './from.ts';
import { expandKeys } from './groupkey.ts';
import { walkGroups } from './group.ts';
import { note, outputKey, walkOutputSorts, walkSelectSorts } from './order.ts';
import { combinedReference } from './reference.ts';
import { refusal } from './refusal.ts';
import { targetOutputs } from './target.ts';
import type { Inner, Node } from './tree.ts';
import { combineArms, PLAIN, requireInjective, requirePlain } from './value.ts';
import { walkWindow } from './window.ts';

/** The columns a SELECT, VALUES or TABLE gives; throws when any part of it may not be used so. */
export function queryOutputs(
  a: Analysis,
  select: Inner<'SelectStmt'>,
  outer: Frame,
): readonly Output[] {
  a.seen.add(select);
  refuseWriting(select);
  const frame = withFrame(a, select.withClause, outer);
  if (select.op !== undefined && select.op !== 'SETOP_NONE') return setOutputs(a, select, frame);
  if (select.valuesLists !== undefined) return valuesOutputs(a, select, frame);
  return simpleOutputs(a, select, frame);
}

function refuseWriting(select: Inner<'SelectStmt'>): void {
  if (select.intoClause !== undefined) {
    throw refusal('25006', 'SELECT INTO creates a table, and the gateway is read-only by default', {
      hint: 'the setting `gateway.writes` says otherwise',
    });
  }
  if (select.lockingClause === undefined) return;
  throw refusal(
    '25006',
    'FOR UPDATE and FOR SHARE lock rows, and the gateway is read-only by default',
    {
      hint: 'leave it out, or see the setting `gateway.writes`',
    },
  );
}

function simpleOutputs(a: Analysis, select: Inner<'SelectStmt'>, outer: Frame): readonly Output[] {
  const frame = { level: fromLevel(a, select.fromClause, outer), ctes: outer.ctes };
  const outputs = targetOutputs(a, select.targetList, frame);
  if (select.whereClause !== undefined) {
    requirePlain(a.expression(select.whereClause, frame), 'WHERE');
  }
  if (select.havingClause !== undefined) {
    requirePlain(a.expression(select.havingClause, frame), 'HAVING');
  }
  const scope = { frame, outputs };
  walkGroups(a, select, scope);
  for (const node of select.windowClause ?? []) {
    if ('WindowDef' in node) walkWindow(a, node.WindowDef, frame);
  }
  walkDistinct(a, select.distinctClause, scope);
  walkSelectSorts(a, select.sortClause, scope);
  walkLimits(a, select, frame);
  expandKeys(a, select, frame);
  return outputs;
}

type Scope = { readonly frame: Frame; readonly outputs: readonly Output[] };

/** DISTINCT alone is a list of one empty node; DISTINCT ON lists its keys. */
function walkDistinct(a: Analysis, clause: readonly Node[] | undefined, scope: Scope): void {
  if (clause === undefined) return;
  const keys = clause.filter((node) => Object.keys(node).length > 0);
  if (keys.length === 0) {
    for (const output of scope.outputs) requireInjective(output.value, 'DISTINCT');
  }
  for (const value of keys.map((node) => walkKey(a, node, scope))) {
    // Rows come out in the order of the keys, so numbering them would tell how raw values sort.
    requirePlain(value, 'DISTINCT ON');
  }
}

function walkKey(a: Analysis, node: Node, scope: Scope): Output['value'] {
  const key = outputKey(node, scope.outputs);
  if (key === null) return a.expression(node, scope.frame);
  note(a, node);
  return key;
}

function walkLimits(a: Analysis, select: Inner<'SelectStmt'>, frame: Frame): void {
  for (const node of [select.limitCount, select.limitOffset]) {
    if (node !== undefined) requirePlain(a.expression(node, frame), 'LIMIT');
  }
}

function setOutputs(a: Analysis, select: Inner<'SelectStmt'>, frame: Frame): readonly Output[] {
  const { larg, rarg } = select;
  if (larg === undefined || rarg === undefined) {
    throw refusal('0A000', 'a set operation expected two sides');
  }
  const left = queryOutputs(a, larg, frame);
  const right = queryOutputs(a, rarg, frame);
  if (left.length !== right.length) {
    throw refusal('42601', 'each query of a set operation expected the same number of columns');
  }
  const distinct = select.all !== true;
  const outputs = left.map(({ name, value }, i) => ({
    name,
    value: combineArms(value, right[i]?.value ?? PLAIN, distinct),
  }));
  walkOutputSorts(a, select.sortClause, outputs);
  walkLimits(a, select, { level: null, ctes: frame.ctes });
  return outputs;
}

function valuesOutputs(a: Analysis, select: Inner<'SelectStmt'>, frame: Frame): readonly Output[] {
  const rows = (select.valuesLists ?? []).map((node) =>
    'List' in node ? (node.List.items ?? []) : [],
  );
  const values = rows.map((row) => row.map((node) => a.expression(node, frame)));
  for (const value of values.flat()) requirePlain(value, 'VALUES');
  const outputs = (rows[0] ?? []).map((_, i) => ({
    name: `column${i + 1}`,
    value: combinedReference(
      a,
      values.flatMap((row) => row[i] ?? []),
      'VALUES',
    ),
  }));
  walkOutputSorts(a, select.sortClause, outputs);
  walkLimits(a, select, { level: null, ctes: frame.ctes });
  return outputs;
}
