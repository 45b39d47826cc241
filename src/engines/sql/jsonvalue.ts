import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import type { Inner, Node } from './tree.ts';
import { checkType } from './typecheck.ts';
import { PLAIN, requirePlain } from './value.ts';
import type { Value } from './value.ts';
import { walkSorts, walkWindow } from './window.ts';

/** Parts of JSON expressions that are no expressions themselves: they hold some. */
const HOLDERS = new Set([
  'JsonValueExpr',
  'JsonKeyValue',
  'JsonOutput',
  'JsonReturning',
  'JsonFormat',
  'JsonArgument',
  'JsonBehavior',
  'JsonAggConstructor',
]);

/** SQL/JSON constructors and queries (PostgreSQL 16 and later): a masked column may stand in none of them. */
export function jsonValue(
  a: Analysis,
  at: { readonly inner: object; readonly frame: Frame },
): Value {
  walkFields(a, at.inner, at.frame);
  return PLAIN;
}

function walkFields(a: Analysis, inner: object, frame: Frame): void {
  a.seen.add(inner);
  for (const [field, part] of Object.entries(inner) as [string, unknown][]) {
    if (field === 'typeName') checkType(a, part as Inner<'TypeName'>);
    else if (field === 'over') walkWindow(a, part as Inner<'WindowDef'>, frame);
    else if (field === 'agg_order') walkSorts(a, part as Node[], frame);
    else walkPart(a, part, frame);
  }
}

function walkPart(a: Analysis, part: unknown, frame: Frame): void {
  if (typeof part !== 'object' || part === null) return;
  if (Array.isArray(part)) {
    for (const item of part) walkPart(a, item, frame);
    return;
  }
  const [key = '', ...more] = Object.keys(part);
  const held = (part as Record<string, unknown>)[key];
  const wrapped = more.length === 0 && key >= 'A' && key < '[' && typeof held === 'object';
  if (wrapped && held !== null && HOLDERS.has(key)) walkFields(a, held, frame);
  else if (wrapped && key === 'SelectStmt') walkQuery(a, held as Inner<'SelectStmt'>, frame);
  else if (wrapped) requirePlain(a.expression(part as Node, frame), 'JSON');
  else walkFields(a, part, frame);
}

function walkQuery(a: Analysis, select: Inner<'SelectStmt'>, frame: Frame): void {
  for (const output of a.query(select, frame)) requirePlain(output.value, 'JSON');
}
