import type { Analysis } from './analysis.ts';
import { ANSWERS } from './answers.ts';
import type { Answer } from './answerform.ts';
import { builtinFunction } from './catalogindex.ts';
import type { At } from './at.ts';
import { placeAnswer } from './place.ts';
import { carriesReference, resultOfFunction } from './reference.ts';
import { refusal } from './refusal.ts';
import { searchPath } from './searchpath.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import { eachNode, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { NULL_VALUE, requirePlain } from './value.ts';
import type { Value } from './value.ts';

/**
 * Answers a call that asks about the session, about privileges or for definitions, by writing something else in its
 * place; null when the call is not one of those. The column keeps its name, because the place is a subquery.
 */
export function answerCall(
  a: Analysis,
  at: At<'FuncCall'>,
  values: readonly Value[],
): Value | null {
  const name = builtinName(a, at.inner);
  const maker = name === null ? undefined : ANSWERS.get(name);
  if (name === null || maker === undefined) return null;
  const answer = maker(a, { name, inner: at.inner, values });
  if (answer === null) return null;
  for (const value of values) requirePlain(value, `the function \`${name}\``, at.inner.location);
  refuseModifiers(at.inner, name);
  write(a, at, { name, answer });
  const result = resultOfFunction(name);
  const isNull = answer.kind === 'constant' && answer.text === 'NULL';
  return isNull && !carriesReference(result) ? NULL_VALUE : result;
}

function builtinName(a: Analysis, inner: Inner<'FuncCall'>): string | null {
  const names = textsOf(inner.funcname);
  const name = names.at(-1) ?? null;
  if (names.length === 2) return names[0] === 'pg_catalog' ? name : null;
  if (names.length !== 1 || name === null) return null;
  const earlier = searchPath(a).slice(0, searchPath(a).indexOf('pg_catalog'));
  return earlier.some((schema) => a.index.vouched(schema, name).length > 0) ? null : name;
}

function refuseModifiers(inner: Inner<'FuncCall'>, name: string): void {
  const modified = inner.over ?? inner.agg_filter ?? inner.agg_order ?? inner.func_variadic;
  const named = (inner.args ?? []).some((node) => 'NamedArgExpr' in node);
  if (modified === undefined && !named) return;
  throw refusal('0A000', `function \`${name}\` expected plain arguments`, {
    offset: inner.location,
  });
}

type Place = { readonly name: string; readonly answer: Answer };

function write(a: Analysis, at: At<'FuncCall'>, { name, answer }: Place): void {
  const { inner, node } = at;
  const start = inner.location ?? -1;
  const first = tokenIndexAt(a.tokens, start);
  const open = a.tokens.findIndex((token, i) => i >= first && token.text === '(');
  const close = a.tokens[closingIndex(a.tokens, open)];
  const inside = a.tokens[open];
  if (close === undefined || inside === undefined || start < 0) {
    throw refusal('XX000', 'a call expected its parentheses where the parser saw them');
  }
  if (answer.kind === 'around') refuseAggregates(inner);
  const args = inner.args ?? [];
  placeAnswer(
    a,
    { node, name, start, end: close.end, inside: { start: inside.end, end: close.start }, args },
    answer,
  );
}

/** An aggregate inside would belong to the subquery, not to the query it stands in. */
function refuseAggregates(inner: Inner<'FuncCall'>): void {
  eachNode(inner.args, (tag, call) => {
    if (tag !== 'FuncCall') return;
    const name = textsOf(call['funcname'] as Node[]).at(-1) ?? '';
    if (call['over'] === undefined && builtinFunction(name)?.kind === 'scalar') return;
    throw refusal('0A000', 'an aggregate or window function is not supported as this argument', {
      hint: 'compute it in a subquery first',
      offset: inner.location,
    });
  });
}
