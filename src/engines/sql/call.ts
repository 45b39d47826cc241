import { answerCall } from './answer.ts';
import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import { calledFunction } from './calledfunction.ts';
import type { CalledFunction } from './calledfunction.ts';
import { describesByOid, requireConfined } from './confinement.ts';
import type { At } from './at.ts';
import { ARGUMENTS_MAX } from './limit.ts';
import { quoteName } from './quote.ts';
import { functionColumn, referenceArguments, resultOfFunction } from './reference.ts';
import { refusal } from './refusal.ts';
import { walkSorts, walkWindow } from './window.ts';
import { stringNode } from './tree.ts';
import type { Inner } from './tree.ts';
import { PLAIN, requireInjective, requirePlain } from './value.ts';
import type { Value } from './value.ts';

/**
 * What a function call carries. Only functions on the allow-list, written with their schema; those that would tell about
 * the session or the catalogs are answered or limited. Of a masked column only count() may be taken.
 */
export function callValue(a: Analysis, at: At<'FuncCall'>): Value {
  const { inner, frame } = at;
  const values = (inner.args ?? []).map((node) => a.expression(node, frame));
  walkAround(a, inner, frame);
  const answered = answerCall(a, at, values);
  if (answered !== null) return answered;
  const called = calledFunction(a, inner);
  checkArguments(inner, called);
  if (isCount(called)) countArguments(inner, values);
  else
    for (const value of values)
      requirePlain(value, `the function \`${called.name}\``, inner.location);
  requireConfined(a, { inner, called, values });
  const kept = a.unrestricted() ? PLAIN : keptReference(called, values);
  qualify(a, inner, called);
  return kept === PLAIN ? resultOf(called) : kept;
}

/** FILTER, ORDER BY inside the call, WITHIN GROUP and OVER. */
function walkAround(a: Analysis, inner: Inner<'FuncCall'>, frame: Frame): void {
  walkSorts(a, inner.agg_order, frame);
  if (inner.agg_filter !== undefined) requirePlain(a.expression(inner.agg_filter, frame), 'FILTER');
  if (inner.over !== undefined) walkWindow(a, inner.over, frame);
}

function checkArguments(inner: Inner<'FuncCall'>, called: CalledFunction): void {
  const count = (inner.args ?? []).length;
  if (count > ARGUMENTS_MAX)
    throw refusal('54000', `function expected at most ${ARGUMENTS_MAX} arguments`);
  if (called.arities === null || called.arities.includes(count)) return;
  throw refusal(
    '42883',
    `function \`${called.name}\` with ${count} arguments is not one the gateway lets through`,
    {
      offset: inner.location,
    },
  );
}

function isCount(called: CalledFunction): boolean {
  return called.schema === 'pg_catalog' && called.name === 'count';
}

function countArguments(inner: Inner<'FuncCall'>, values: readonly Value[]): void {
  if (inner.agg_distinct !== true) return;
  for (const value of values) requireInjective(value, 'count(DISTINCT …)', inner.location);
}

/** Special syntax (EXTRACT, TRIM, AT TIME ZONE …) already names pg_catalog in the tree. */
function qualify(a: Analysis, inner: Inner<'FuncCall'>, called: CalledFunction): void {
  if (inner.funcname === undefined || inner.funcname.length !== 1) return;
  if (inner.funcformat !== 'COERCE_EXPLICIT_CALL' || inner.location === undefined) {
    throw refusal('XX000', 'a function expected to be written as a call');
  }
  const schema = called.schema === 'pg_catalog' ? 'pg_catalog' : quoteName(called.schema);
  a.edits.push({ start: inner.location, end: inner.location, text: `${schema}.` });
  inner.funcname = [stringNode(called.schema), ...inner.funcname];
}

/** A function that describes an object takes its OID in any type; another must not mix a name with texts. */
function keptReference(called: CalledFunction, values: readonly Value[]): Value {
  return called.builtin && describesByOid(called.name)
    ? PLAIN
    : referenceArguments(called.name, values);
}

function resultOf(called: CalledFunction): Value {
  if (called.columns === null || called.columns.length < 2) return resultOfFunction(called.name);
  return {
    kind: 'row',
    fields: called.columns.map((name) => ({ name, value: functionColumn(called.name, name) })),
  };
}
