import type { Analysis } from './analysis.ts';
import type { Frame } from './frame.ts';
import type { At } from './at.ts';
import {
  carriesReference,
  combinedReference,
  isReferenceArray,
  requireNoLookup,
} from './reference.ts';
import { refusal } from './refusal.ts';
import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import { PLAIN, requireEqualMasks, requirePlain } from './value.ts';
import type { Value } from './value.ts';

const COMPARING = new Set(['AEXPR_OP', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT']);
const OPERATING = new Set([
  'AEXPR_OP',
  'AEXPR_DISTINCT',
  'AEXPR_NOT_DISTINCT',
  'AEXPR_OP_ANY',
  'AEXPR_OP_ALL',
  'AEXPR_NULLIF',
  'AEXPR_LIKE',
  'AEXPR_ILIKE',
  'AEXPR_SIMILAR',
  'AEXPR_BETWEEN',
  'AEXPR_NOT_BETWEEN',
  'AEXPR_BETWEEN_SYM',
  'AEXPR_NOT_BETWEEN_SYM',
]);

/** What an operator, IN, LIKE, BETWEEN, NULLIF or IS DISTINCT FROM carries: never anything masked. */
export function operatorValue(a: Analysis, { inner, frame }: At<'A_Expr'>): Value {
  const operator = operatorName(inner);
  const kind = inner.kind ?? '';
  if (kind === 'AEXPR_IN') return membership(a, inner, frame);
  if (COMPARING.has(kind) && isEquality(operator)) return equality(a, inner, frame);
  if (OPERATING.has(kind)) return plainOperands(a, inner, frame);
  throw refusal('0A000', 'operator of an unknown kind is not supported', {
    offset: inner.location,
  });
}

/** Operators are found in pg_catalog upstream, whatever stands there under the same name in another schema. */
function operatorName(inner: Inner<'A_Expr'>): string {
  const names = textsOf(inner.name);
  const name = names.at(-1);
  if (
    name !== undefined &&
    (names.length === 1 || (names.length === 2 && names[0] === 'pg_catalog'))
  ) {
    return name;
  }
  throw refusal('42883', 'operator expected to be one of pg_catalog', { offset: inner.location });
}

export function isEquality(operator: string): boolean {
  return operator === '=' || operator === '<>';
}

function equality(a: Analysis, inner: Inner<'A_Expr'>, frame: Frame): Value {
  const [left, right] = [inner.lexpr, inner.rexpr];
  if (left === undefined || right === undefined) return plainOperands(a, inner, frame);
  compare(
    a,
    { left: a.expression(left, frame), right: a.expression(right, frame) },
    inner.location,
  );
  return PLAIN;
}

type Sides = { readonly left: Value; readonly right: Value };

/** Rows are compared field by field, so their fields are checked in pairs. */
export function compare(a: Analysis, sides: Sides, offset: number | undefined): void {
  const { left, right } = sides;
  if (left.kind === 'row' && right.kind === 'row' && left.fields.length === right.fields.length) {
    left.fields.forEach((field, i) => {
      const other = right.fields[i]?.value;
      if (other !== undefined) compare(a, { left: field.value, right: other }, offset);
    });
    return;
  }
  for (const value of [left, right]) refuseForeign(a, value, offset);
  if (!a.unrestricted()) requireNoLookup(left, right);
  requireEqualMasks(left, right, offset);
}

function membership(a: Analysis, inner: Inner<'A_Expr'>, frame: Frame): Value {
  const list =
    inner.rexpr !== undefined && 'List' in inner.rexpr ? inner.rexpr.List.items : undefined;
  if (inner.lexpr === undefined || list === undefined) throw refusal('0A000', 'IN expected a list');
  const left = a.expression(inner.lexpr, frame);
  for (const node of list) compare(a, { left, right: a.expression(node, frame) }, inner.location);
  return PLAIN;
}

function plainOperands(a: Analysis, inner: Inner<'A_Expr'>, frame: Frame): Value {
  const name = operatorName(inner);
  const values = operandsOf(inner).map((operand) => a.expression(operand, frame));
  for (const value of values) {
    refuseForeign(a, value, inner.location);
    requirePlain(value, `the operator \`${name}\``, inner.location);
  }
  if (a.unrestricted()) return PLAIN;
  const [first = PLAIN, ...others] = values;
  // A name beside `||` becomes text; an array of them would take the other side for one of its own.
  if (name === '||' && !values.some(isReferenceArray)) return PLAIN;
  for (const other of others) requireNoLookup(first, other);
  if (name === '||') return combinedReference(a, values, 'the operator `||`');
  return inner.kind === 'AEXPR_NULLIF' && carriesReference(first) ? first : PLAIN;
}

function operandsOf(inner: Inner<'A_Expr'>): readonly Node[] {
  return [inner.lexpr, inner.rexpr].flatMap((operand) => {
    if (operand === undefined) return [];
    return 'List' in operand ? (operand.List.items ?? []) : [operand];
  });
}

/**
 * A type of an extension (citext, hstore) has operators of its own, which are not on the upstream search_path:
 * another operator would answer, quietly and otherwise, so the query is refused.
 */
function refuseForeign(a: Analysis, value: Value, offset: number | undefined): void {
  const oid = value.kind === 'plain' || value.kind === 'stream' ? value.typeOid : 0;
  const type = a.index.typeByOid(oid);
  if (type?.kind !== 'base') return;
  throw refusal('0A000', `operators of type \`${type.name}\` are not supported`, {
    hint: 'cast the column to text: column::text',
    offset,
  });
}
