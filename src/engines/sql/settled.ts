import { callKind } from './settledcall.ts';
import {
  fits,
  isNumberType,
  kindOf,
  known,
  namedKind,
  NEUTRAL,
  NULL_KNOWN,
} from './fragmentkind.ts';
import type { Kind, Known } from './fragmentkind.ts';
import { unsettled } from './settling.ts';
import type { Settling } from './settling.ts';
import { constantText, tagOf, textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';

/**
 * What an expression gives. Throws `denied` where a setting that clients may change (time zone, date and interval style,
 * float digits, locale, bytea format) would bear on it, because a client could then move what policy shows.
 */
export function settledKind(s: Settling, node: Node | undefined): Known {
  if (node === undefined) return NULL_KNOWN;
  const tag = tagOf(node);
  const handler = tag === undefined ? undefined : HANDLERS[tag];
  if (handler === undefined) throw unsettled(`an expression of kind ${tag ?? 'nothing'}`);
  return handler(s, Object.values(node)[0] as never);
}

/** Throws unless a value goes to a type by the same text or value under every setting. */
export function requireCast(from: Known, to: Kind, number = true): void {
  if (from.kind === 'null' || from.kind === to) return;
  if (from.kind === 'literal' || from.text !== null) {
    if (fits(to, from.text ?? '')) return;
  } else if (castable(from.kind, to, number)) return;
  throw unsettled(`a cast of a ${from.kind} to a ${to}`);
}

const CASTS: ReadonlySet<string> = new Set([
  'neutral float',
  'neutral bytea',
  'date timestamp',
  'timestamp date',
  'timestamp time',
  'interval time',
  'time interval',
]);

function castable(from: Kind | 'literal' | 'null', to: Kind, number: boolean): boolean {
  if (from === 'float' && to === 'neutral') return number;
  return CASTS.has(`${from} ${to}`);
}

/** What values of one type give, as in CASE and ARRAY: all of one kind, or neutral. */
function common(s: Settling, nodes: readonly (Node | undefined)[] | undefined): Known {
  const parts = (nodes ?? []).flatMap((node) => (node === undefined ? [] : [settledKind(s, node)]));
  let result: Known = NULL_KNOWN;
  for (const part of parts) {
    if (result.kind === 'null' || result.kind === 'literal') {
      if (result.kind === 'literal') requireComparable(result, part);
      if (part.kind !== 'null') result = known(part.kind);
    } else requireComparable(result, part);
  }
  return result.kind === 'literal' ? NEUTRAL : result;
}

function neutralParts(s: Settling, nodes: readonly (Node | undefined)[] | undefined): Known {
  for (const node of nodes ?? []) {
    if (node !== undefined) requireNeutral(settledKind(s, node));
  }
  return NEUTRAL;
}

function requireNeutral(value: Known): void {
  if (['neutral', 'literal', 'null'].includes(value.kind)) return;
  throw unsettled(`a ${value.kind} used as something else`);
}

/** Throws unless the two compare the same under every setting. */
function requireComparable(left: Known, right: Known): void {
  if (left.kind === 'null' || right.kind === 'null') return;
  if (left.kind === 'literal')
    return requireCast(left, right.kind === 'literal' ? 'neutral' : right.kind);
  if (right.kind === 'literal') return requireCast(right, left.kind);
  const pair = new Set<string>([left.kind, right.kind]);
  if (left.kind === right.kind && left.kind !== 'opaque') return;
  if (pair.has('date') && pair.has('timestamp')) return;
  if (pair.has('float') && pair.has('neutral')) return;
  throw unsettled(`a ${left.kind} beside a ${right.kind}`);
}

const COMPARING = new Set(['=', '<>', '<', '<=', '>', '>=']);
const BETWEEN = /^AEXPR_(NOT_)?BETWEEN/u;
const COMPARING_KINDS = new Set(['AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT', 'AEXPR_IN']);

function operatorKind(s: Settling, inner: Inner<'A_Expr'>): Known {
  const name = textsOf(inner.name).at(-1) ?? '';
  const values = [inner.lexpr, inner.rexpr].flatMap((operand) => {
    if (operand === undefined) return [];
    const nodes = 'List' in operand ? (operand.List.items ?? []) : [operand];
    return nodes.map((node) => settledKind(s, node));
  });
  const [first = NULL_KNOWN, ...others] = values;
  const kind = inner.kind ?? '';
  const compares = COMPARING_KINDS.has(kind) || BETWEEN.test(kind) || COMPARING.has(name);
  if (compares || kind === 'AEXPR_NULLIF') {
    for (const other of others) requireComparable(first, other);
    if (kind === 'AEXPR_OP' && values.length === 1) throw unsettled(`the operator \`${name}\``);
    return kind === 'AEXPR_NULLIF' ? known(first.kind) : NEUTRAL;
  }
  return arithmetic(name, first, others[0] ?? null);
}

/** By operator and kinds of its sides: what date/time arithmetic gives (manual 9.9); those of timestamptz ask the time zone. */
const ARITHMETIC: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['date + neutral', 'date'],
  ['neutral + date', 'date'],
  ['date - neutral', 'date'],
  ['date - date', 'neutral'],
  ['date + interval', 'timestamp'],
  ['date - interval', 'timestamp'],
  ['interval + date', 'timestamp'],
  ['date + time', 'timestamp'],
  ['timestamp + interval', 'timestamp'],
  ['interval + timestamp', 'timestamp'],
  ['timestamp - interval', 'timestamp'],
  ['timestamp - timestamp', 'interval'],
  ['timestamptz - timestamptz', 'interval'],
  ['interval + interval', 'interval'],
  ['interval - interval', 'interval'],
  ['interval * neutral', 'interval'],
  ['neutral * interval', 'interval'],
  ['interval * float', 'interval'],
  ['float * interval', 'interval'],
  ['interval / neutral', 'interval'],
  ['interval / float', 'interval'],
  ['bytea || bytea', 'bytea'],
]);
const FLOATS = new Set(['^', '|/', '||/']);

function arithmetic(name: string, left: Known, right: Known | null): Known {
  const sides = right === null ? [left] : [left, right];
  const kinds = sides.map((side) => side.kind);
  const plain = kinds.every((kind) => ['neutral', 'literal', 'null'].includes(kind));
  if (plain) return FLOATS.has(name) ? known('float') : NEUTRAL;
  if (right === null && (left.kind === 'float' || left.kind === 'interval'))
    return known(left.kind);
  const floats = kinds.every((kind) => ['float', 'neutral', 'null'].includes(kind));
  if (floats && /^([-+*/^@]|\|\|?\/)$/u.test(name)) return known('float');
  const made = ARITHMETIC.get(kinds.join(` ${name} `));
  if (made === undefined) throw unsettled(`the operator \`${name}\` on a ${kinds.join(' and a ')}`);
  return known(made);
}

function castKind(s: Settling, inner: Inner<'TypeCast'>): Known {
  const from = settledKind(s, inner.arg);
  const to = namedKind(s.index, inner.typeName);
  requireCast(from, to, isNumberType(inner.typeName));
  const whole = inner.typeName?.typmods === undefined;
  return known(to, to === 'neutral' && whole ? from.text : null);
}

function columnKind(s: Settling, inner: Inner<'ColumnRef'>): Known {
  const name = textsOf(inner.fields).at(-1) ?? '';
  return known(kindOf(s.index, s.columns.get(name) ?? -1));
}

function constantKind(_: Settling, inner: Inner<'A_Const'>): Known {
  if (inner.isnull === true) return NULL_KNOWN;
  const text = constantText({ A_Const: inner });
  return text === undefined ? NEUTRAL : known('literal', text);
}

function caseKind(s: Settling, inner: Inner<'CaseExpr'>): Known {
  const arms = (inner.args ?? []).flatMap((node) => ('CaseWhen' in node ? [node.CaseWhen] : []));
  const tests = arms.map((arm) => arm.expr);
  if (inner.arg === undefined) neutralParts(s, tests);
  else common(s, [inner.arg, ...tests]);
  return common(s, [...arms.map((arm) => arm.result), inner.defresult]);
}

function nullTestKind(s: Settling, inner: Inner<'NullTest'>): Known {
  settledKind(s, inner.arg);
  return NEUTRAL;
}

function clockKind(_: Settling, inner: Inner<'SQLValueFunction'>): Known {
  if (/^SVFOP_CURRENT_TIMESTAMP(_N)?$/u.test(inner.op ?? '')) return known('timestamptz');
  throw unsettled("the date or time of the session, write (now() at time zone 'UTC')::date");
}

function functionKind(s: Settling, inner: Inner<'FuncCall'>): Known {
  return callKind(
    s,
    inner,
    (inner.args ?? []).map((node) => settledKind(s, node)),
  );
}

type Handler = (s: Settling, inner: never) => Known;

const HANDLERS: Readonly<Record<string, Handler>> = {
  A_ArrayExpr: (s: Settling, inner: Inner<'A_ArrayExpr'>) => common(s, inner.elements),
  A_Const: constantKind,
  A_Expr: operatorKind,
  A_Indirection: (s: Settling, inner: Inner<'A_Indirection'>) => neutralParts(s, [inner.arg]),
  BoolExpr: (s: Settling, inner: Inner<'BoolExpr'>) => neutralParts(s, inner.args),
  BooleanTest: (s: Settling, inner: Inner<'BooleanTest'>) => neutralParts(s, [inner.arg]),
  CaseExpr: caseKind,
  CoalesceExpr: (s: Settling, inner: Inner<'CoalesceExpr'>) => common(s, inner.args),
  CollateClause: (s: Settling, inner: Inner<'CollateClause'>) => settledKind(s, inner.arg),
  ColumnRef: columnKind,
  FuncCall: functionKind,
  MinMaxExpr: (s: Settling, inner: Inner<'MinMaxExpr'>) => common(s, inner.args),
  NamedArgExpr: (s: Settling, inner: Inner<'NamedArgExpr'>) => settledKind(s, inner.arg),
  NullTest: nullTestKind,
  RowExpr: (s: Settling, inner: Inner<'RowExpr'>) => neutralParts(s, inner.args),
  SQLValueFunction: clockKind,
  TypeCast: castKind,
};
