import type { Analysis } from './analysis.ts';
import type { Frame, Output } from './frame.ts';
import type { At } from './at.ts';
import { compare, isEquality } from './operator.ts';
import { arrayOfReferences } from './reference.ts';
import { refusal } from './refusal.ts';
import { textsOf } from './tree.ts';
import type { Inner } from './tree.ts';
import { PLAIN, requirePlain } from './value.ts';
import type { Value } from './value.ts';

/** EXISTS, IN, ANY, ALL, ARRAY and scalar subqueries. A masked column may stand in them only to be compared. */
export function sublinkValue(a: Analysis, { inner, frame }: At<'SubLink'>): Value {
  const select = inner.subselect;
  if (select === undefined || !('SelectStmt' in select))
    throw refusal('0A000', 'a subquery expected SELECT');
  const outputs = a.query(select.SelectStmt, frame);
  a.subqueries.set(inner, outputs);
  const kind = inner.subLinkType ?? '';
  if (kind === 'EXISTS_SUBLINK') return PLAIN;
  if (kind === 'ANY_SUBLINK' || kind === 'ALL_SUBLINK')
    return compared(a, { inner, outputs, frame });
  if (kind === 'EXPR_SUBLINK' || kind === 'ARRAY_SUBLINK') return single(inner, outputs);
  throw refusal('0A000', 'subquery of an unknown kind is not supported', {
    offset: inner.location,
  });
}

function single(inner: Inner<'SubLink'>, outputs: readonly Output[]): Value {
  for (const output of outputs) requirePlain(output.value, 'a subquery as a value', inner.location);
  const [output] = outputs;
  return outputs.length === 1 && output !== undefined && inner.subLinkType === 'EXPR_SUBLINK'
    ? output.value
    : arrayOfReferences(output?.value ?? PLAIN);
}

type Compared = {
  readonly inner: Inner<'SubLink'>;
  readonly outputs: readonly Output[];
  readonly frame: Frame;
};

/** `x IN (SELECT …)` carries no operator name in the tree; the others name theirs. */
function compared(a: Analysis, { inner, outputs, frame }: Compared): Value {
  const names = textsOf(inner.operName);
  if (names.length > 1 && names[0] !== 'pg_catalog') {
    throw refusal('42883', 'operator expected to be one of pg_catalog', { offset: inner.location });
  }
  if (inner.testexpr === undefined) throw refusal('0A000', 'a comparison expected a left side');
  const left = a.expression(inner.testexpr, frame);
  const right = rightSide(outputs);
  if (isEquality(names.at(-1) ?? '=')) compare(a, { left, right }, inner.location);
  else for (const value of [left, right]) requirePlain(value, 'a comparison', inner.location);
  return PLAIN;
}

function rightSide(outputs: readonly Output[]): Value {
  const [output] = outputs;
  if (outputs.length === 1 && output !== undefined) return output.value;
  return { kind: 'row', fields: outputs };
}
