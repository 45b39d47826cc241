import type { Analysis } from './analysis.ts';
import { isReferenceArrayType, isReferenceType, REFERENCES } from './referencetype.ts';
import { refusal } from './refusal.ts';
import { NULL_VALUE, PLAIN, plainOf } from './value.ts';
import type { Value } from './value.ts';

/** The type of a text constant or parameter until it stands beside something typed (pg_type.dat, `unknown`). */
const UNKNOWN = 705;

/** A text constant or parameter: it takes the type of what it stands beside. */
export const LITERAL: Value = plainOf(UNKNOWN);

/** Functions whose result is a reg* type. */
const RESULTS: ReadonlyMap<string, number> = new Map([
  ['pg_typeof', 2206],
  ['pg_basetype', 2206],
  ['pg_partition_root', 2205],
  ['pg_partition_ancestors', 2205],
  ['to_regclass', 2205],
  ['to_regtype', 2206],
]);

/** Functions that take values of any type apart from each other, and never make one of its type from another argument. */
const TAKING_ANY =
  /^(count|concat|concat_ws|format|to_jsonb?|row_to_json|jsonb?_(build_object|build_array|agg|object_agg)|pg_typeof|num_(non)?nulls|min|max)$/u;
/** Functions of one argument that give what they took. */
const KEEPING = /^(first_value|last_value|any_value|mode)$/u;

/** What functions of these names give, as far as their type may name objects. */
export function resultOfFunction(name: string): Value {
  return plainOf(RESULTS.get(name) ?? 0);
}

/** What a column of a function in FROM carries; `pg_partition_tree` gives names of relations. */
export function functionColumn(name: string, column: string): Value {
  const names = name === 'pg_partition_tree' && /^(parent)?relid$/u.test(column);
  return names ? resultOfFunction('pg_partition_root') : resultOfFunction(name);
}

/** Whether a value, or a field of a row, is of a reg* type: text that meets it is read as the name of an object. */
export function carriesReference(value: Value): boolean {
  if (value.kind === 'plain') return isReferenceType(value.typeOid);
  return value.kind === 'row' && value.fields.some((field) => carriesReference(field.value));
}

/**
 * What ARRAY, CASE, COALESCE and the like give of these values; throws `denied` where text could become a reg* value,
 * unless everything is open to the subject.
 */
export function combinedReference(a: Analysis, values: readonly Value[], use: string): Value {
  const [first] = values.filter(carriesReference);
  if (first === undefined) return PLAIN;
  if (!a.unrestricted()) for (const value of values) requireSame(first, value, use);
  if (first.kind !== 'plain') return PLAIN;
  const confined = values.every((value) => value.kind === 'plain' && value.confined);
  return { ...first, confined };
}

/** Throws `denied` unless two values that meet in `use` are both of one reg* type, or neither is of any. */
function requireSame(left: Value, right: Value, use: string): void {
  if (!carriesReference(left) && !carriesReference(right)) return;
  if (left.kind === 'null' || right.kind === 'null') return;
  const same = left.kind === 'plain' && right.kind === 'plain' && left.typeOid === right.typeOid;
  if (!same) throw mixed(use);
}

/** Throws `denied` for a value that names an object. */
export function requireNoReference(value: Value, use: string): void {
  if (carriesReference(value)) throw mixed(use);
}

/** Throws `denied` when a text constant or parameter is compared with a reg* value: it would be looked up by name. */
export function requireNoLookup(left: Value, right: Value): void {
  const looked = (value: Value, other: Value) =>
    carriesReference(value) && other.kind === 'plain' && other.typeOid === UNKNOWN;
  if (looked(left, right) || looked(right, left)) throw mixed('a comparison with a text');
}

/** Throws `denied` when a function would take a reg* value and something else as values of one type. */
export function referenceArguments(name: string, values: readonly Value[]): Value {
  if (!values.some(carriesReference) || TAKING_ANY.test(name)) return PLAIN;
  const [first] = values;
  if (values.length === 1 && first !== undefined && first.kind === 'plain') {
    if (name === 'array_agg') return arrayOfReferences(first);
    if (KEEPING.test(name)) return first;
  }
  throw mixed(`the function \`${name}\``);
}

export function arrayOfReferences(element: Value): Value {
  if (!carriesReference(element)) return PLAIN;
  return {
    kind: 'plain',
    typeOid: REFERENCES,
    confined: element.kind === 'plain' && element.confined,
  };
}

/** What a subscript gives of a value. */
export function elementOf(value: Value): Value {
  if (value.kind === 'null') return NULL_VALUE;
  return carriesReference(value) ? { kind: 'plain', typeOid: REFERENCES, confined: false } : PLAIN;
}

/** Whether `||` beside a text makes a text of it, which an array does not. */
export function isReferenceArray(value: Value): boolean {
  return value.kind === 'plain' && isReferenceArrayType(value.typeOid);
}

function mixed(use: string): Error {
  return refusal('42501', `a value that names an object expected not to be used in ${use}`, {
    hint: 'cast it to text or oid first: x::oid, or join the catalog on the OID',
  });
}
