import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import type { At } from './at.ts';
import { callValue } from './call.ts';
import { castValue } from './cast.ts';
import { columnValue } from './columnref.ts';
import { indirectionValue } from './indirection.ts';
import { jsonValue } from './jsonvalue.ts';
import { operatorValue } from './operator.ts';
import { arrayOfReferences, combinedReference, LITERAL, requireNoLookup } from './reference.ts';
import { refusal } from './refusal.ts';
import { sublinkValue } from './sublink.ts';
import { tagOf } from './tree.ts';
import type { Inner, Node, Tag } from './tree.ts';
import { checkType } from './typecheck.ts';
import { NULL_VALUE, PLAIN, requirePlain } from './value.ts';
import type { Value } from './value.ts';
import { valueFunction } from './valuefunction.ts';

type Handler<K extends Tag> = (a: Analysis, at: At<K>) => Value;
type Handlers = { readonly [K in Tag]?: Handler<K> };

/** Every kind of expression there is for us; any other is refused. */
const HANDLERS: Handlers = {
  A_ArrayExpr: (a, { inner, frame }) =>
    arrayOfReferences(alikeParts(a, inner.elements, { frame, use: 'an array' })),
  A_Const: constantValue,
  A_Expr: operatorValue,
  A_Indirection: indirectionValue,
  BoolExpr: (a, { inner, frame }) => plainParts(a, inner.args, { frame, use: 'a condition' }),
  BooleanTest: (a, { inner, frame }) => plainParts(a, [inner.arg], { frame, use: 'a condition' }),
  CaseExpr: caseValue,
  CoalesceExpr: (a, { inner, frame }) => alikeParts(a, inner.args, { frame, use: 'COALESCE' }),
  CollateClause: collateValue,
  ColumnRef: (a, { inner, frame }) => columnValue(a, inner, frame),
  FuncCall: callValue,
  JsonArrayAgg: jsonValue,
  JsonArrayConstructor: jsonValue,
  JsonArrayQueryConstructor: jsonValue,
  JsonFuncExpr: jsonValue,
  JsonIsPredicate: jsonValue,
  JsonObjectAgg: jsonValue,
  JsonObjectConstructor: jsonValue,
  JsonParseExpr: jsonValue,
  JsonScalarExpr: jsonValue,
  JsonSerializeExpr: jsonValue,
  GroupingFunc: groupingValue,
  MinMaxExpr: (a, { inner, frame }) =>
    alikeParts(a, inner.args, { frame, use: 'GREATEST or LEAST' }),
  NamedArgExpr: (a, { inner, frame }) => alikeParts(a, [inner.arg], { frame, use: 'a function' }),
  NullTest: nullTestValue,
  ParamRef: parameterValue,
  RowExpr: rowExpressionValue,
  SQLValueFunction: valueFunction,
  SubLink: sublinkValue,
  TypeCast: castValue,
  XmlExpr: xmlValue,
  XmlSerialize: xmlTextValue,
};

/** What an expression carries; throws when it is of an unknown kind, or uses a masked column as it must not. */
export function expressionValue(a: Analysis, node: Node, frame: Frame): Value {
  const tag = tagOf(node);
  const handler = tag === undefined ? undefined : (HANDLERS[tag] as Handler<Tag> | undefined);
  if (tag === undefined || handler === undefined) {
    throw refusal('0A000', `expression of kind ${tag ?? 'nothing'} is not supported`);
  }
  const inner = (node as Record<string, unknown>)[tag] as Inner<Tag>;
  a.seen.add(inner);
  return handler(a, { node, inner, frame });
}

type Parts = { readonly frame: Frame; readonly use: string };

/** Walks parts none of which may be a masked column. */
export function plainParts(
  a: Analysis,
  nodes: readonly (Node | undefined)[] | undefined,
  { frame, use }: Parts,
): Value {
  for (const node of nodes ?? []) {
    if (node !== undefined) requirePlain(expressionValue(a, node, frame), use);
  }
  return PLAIN;
}

/** Walks parts that become values of one type: one that names objects must not meet a text, which would be looked up. */
function alikeParts(
  a: Analysis,
  nodes: readonly (Node | undefined)[] | undefined,
  { frame, use }: Parts,
): Value {
  const values = (nodes ?? []).flatMap((node) =>
    node === undefined ? [] : [expressionValue(a, node, frame)],
  );
  for (const value of values) requirePlain(value, use);
  return combinedReference(a, values, use);
}

function constantValue(_: Analysis, { inner }: At<'A_Const'>): Value {
  if (inner.isnull === true) return NULL_VALUE;
  return inner.sval === undefined ? PLAIN : LITERAL;
}

function caseValue(a: Analysis, { inner, frame }: At<'CaseExpr'>): Value {
  const arms = (inner.args ?? []).map((node) => {
    if (!('CaseWhen' in node)) throw refusal('0A000', 'CASE expected WHEN');
    a.seen.add(node.CaseWhen);
    return node.CaseWhen;
  });
  const [subject, ...tests] = [inner.arg, ...arms.map((arm) => arm.expr)].map((node) =>
    node === undefined ? NULL_VALUE : expressionValue(a, node, frame),
  );
  for (const test of tests) {
    requirePlain(test, 'CASE');
    // `CASE x WHEN y` compares the two.
    if (subject !== undefined && !a.unrestricted()) requireNoLookup(subject, test);
  }
  if (subject !== undefined) requirePlain(subject, 'CASE');
  return alikeParts(a, [inner.defresult, ...arms.map((arm) => arm.result)], { frame, use: 'CASE' });
}

/** Collations of pg_catalog only: those are found on the upstream search_path. */
function collateValue(a: Analysis, { inner, frame }: At<'CollateClause'>): Value {
  const names = inner.collname ?? [];
  const [first] = names;
  const schema = first !== undefined && 'String' in first ? first.String.sval : undefined;
  if (names.length > 2 || (names.length === 2 && schema !== 'pg_catalog')) {
    throw refusal('42704', 'COLLATE expected a collation of pg_catalog', {
      offset: inner.location,
    });
  }
  return plainParts(a, [inner.arg], { frame, use: 'COLLATE' });
}

/** GROUPING tells which grouping set a row is of, and nothing about values. */
function groupingValue(a: Analysis, { inner, frame }: At<'GroupingFunc'>): Value {
  for (const node of inner.args ?? []) expressionValue(a, node, frame);
  return PLAIN;
}

/** Whether a value is NULL survives every mask, so it may be asked of a masked column too. */
function nullTestValue(a: Analysis, { inner, frame }: At<'NullTest'>): Value {
  if (inner.arg !== undefined) expressionValue(a, inner.arg, frame);
  return PLAIN;
}

function parameterValue(a: Analysis, { inner }: At<'ParamRef'>): Value {
  const number = inner.number ?? 0;
  if (number < 1) throw refusal('42P02', 'there is no parameter $0', { offset: inner.location });
  a.findings.parameters = Math.max(a.findings.parameters, number);
  return LITERAL;
}

function rowExpressionValue(a: Analysis, { inner, frame }: At<'RowExpr'>): Value {
  const fields = (inner.args ?? []).map((node, i) => ({
    name: `f${i + 1}`,
    value: expressionValue(a, node, frame),
  }));
  return { kind: 'row', fields };
}

function xmlValue(a: Analysis, { inner, frame }: At<'XmlExpr'>): Value {
  plainParts(a, inner.args, { frame, use: 'XML' });
  for (const node of inner.named_args ?? []) {
    if (!('ResTarget' in node)) throw refusal('0A000', 'XML expected named values');
    a.seen.add(node.ResTarget);
    plainParts(a, [node.ResTarget.val], { frame, use: 'XML' });
  }
  return PLAIN;
}

function xmlTextValue(a: Analysis, { inner, frame }: At<'XmlSerialize'>): Value {
  checkType(a, inner.typeName);
  return plainParts(a, [inner.expr], { frame, use: 'XML' });
}
