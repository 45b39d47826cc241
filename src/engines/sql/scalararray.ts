import type { Analysis } from './analysis.ts';
import type { UserType } from './catalog.ts';
import { builtinType, isBuiltinScalar } from './catalogindex.ts';
import { textsOf } from './tree.ts';
import type { Inner, Node } from './tree.ts';
import type { Value } from './value.ts';

/** OIDs of the array types over built-in types without columns (pg_type of PostgreSQL 15 and 18; equal in both). */
const ARRAY_OIDS = new Set([
  22, 30, 143, 199, 271, 629, 651, 719, 775, 791, 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008,
  1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 1017, 1018, 1019, 1020, 1021, 1022, 1027, 1028,
  1034, 1040, 1041, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 1561, 1563, 2201, 2207, 2208, 2209,
  2210, 2211, 2949, 2951, 3221, 3643, 3644, 3645, 3735, 3770, 3807, 3905, 3907, 3909, 3911, 3913,
  3927, 4073, 4090, 4097, 4192, 5039, 6150, 6151, 6152, 6153, 6155, 6157,
]);
/** User types without columns; a domain may be over a type that has some. */
const SCALAR_KINDS: ReadonlySet<UserType['kind']> = new Set(['enum', 'range', 'multirange']);
const TEXT_ARRAYS = new Set([
  'array_positions',
  'current_schemas',
  'parse_ident',
  'regexp_match',
  'regexp_split_to_array',
  'string_to_array',
  'tsvector_to_array',
]);
/** Functions whose result is of the type of the arrays among their arguments. */
const SAME_ARRAYS = new Set([
  'array_append',
  'array_cat',
  'array_prepend',
  'array_remove',
  'array_replace',
  'array_reverse',
  'array_sample',
  'array_shuffle',
  'array_sort',
  'trim_array',
]);

/**
 * Whether an expression that was walked is, for certain, an array of values without columns. PostgreSQL brings the
 * elements of ARRAY and the arguments of COALESCE to one type, so one of them that is certain is enough.
 */
export function isScalarArray(a: Analysis, node: Node): boolean {
  if ('ColumnRef' in node) return isArrayType(a, referenceType(a, node.ColumnRef));
  if ('TypeCast' in node) {
    const { typeName } = node.TypeCast;
    return isArrayName(typeName) && isScalarName(a, typeName);
  }
  if ('A_ArrayExpr' in node) return isScalarList(a, node.A_ArrayExpr.elements ?? []);
  if ('CoalesceExpr' in node) return isSome(a, node.CoalesceExpr.args);
  if ('SubLink' in node) return isSubqueryArray(a, node.SubLink);
  return 'FuncCall' in node && isArrayCall(a, node.FuncCall);
}

/** Columns of the composite type of the source an expression is cast to, or null when it is not cast to one. */
export function compositeNames(a: Analysis, node: Node | undefined): readonly string[] | null {
  const typeName = node !== undefined && 'TypeCast' in node ? node.TypeCast.typeName : undefined;
  if (typeName === undefined || isArrayName(typeName)) return null;
  const type = userType(a, typeName);
  return type?.kind === 'composite' ? type.attributes.map((each) => each.name) : null;
}

function isSome(a: Analysis, nodes: readonly Node[] | undefined): boolean {
  return (nodes ?? []).some((node) => isScalarArray(a, node));
}

function isScalarList(a: Analysis, elements: readonly Node[]): boolean {
  if (elements.length === 0) return false;
  const constants = elements.every((node) => 'A_Const' in node);
  return constants || elements.some((node) => isScalar(a, node) || isScalarArray(a, node));
}

function isScalar(a: Analysis, node: Node): boolean {
  if ('A_Const' in node) return node.A_Const.sval === undefined && node.A_Const.isnull !== true;
  if ('ColumnRef' in node) return isScalarType(a, referenceType(a, node.ColumnRef));
  return 'TypeCast' in node && isScalarName(a, node.TypeCast.typeName);
}

function isSubqueryArray(a: Analysis, inner: Inner<'SubLink'>): boolean {
  const [output, ...more] = a.subqueries.get(inner) ?? [];
  if (output === undefined || more.length > 0) return false;
  const type = typeOf(output.value);
  if (inner.subLinkType === 'EXPR_SUBLINK') return isArrayType(a, type);
  return inner.subLinkType === 'ARRAY_SUBLINK' && (isScalarType(a, type) || isArrayType(a, type));
}

function isArrayCall(a: Analysis, call: Inner<'FuncCall'>): boolean {
  const [schema, name = '', ...more] = textsOf(call.funcname);
  if (schema !== 'pg_catalog' || more.length > 0) return false;
  return TEXT_ARRAYS.has(name) || (SAME_ARRAYS.has(name) && isSome(a, call.args));
}

function referenceType(a: Analysis, inner: Inner<'ColumnRef'>): number {
  const [column, ...more] = a.resolved.get(inner) ?? [];
  return column === undefined || more.length > 0 ? 0 : typeOf(column.value);
}

function typeOf(value: Value): number {
  return value.kind === 'plain' ? value.typeOid : 0;
}

function isScalarType(a: Analysis, oid: number): boolean {
  return isBuiltinScalar(oid) || isScalarKind(a.index.typeByOid(oid));
}

function isArrayType(a: Analysis, oid: number): boolean {
  if (oid === 0) return false;
  return (
    ARRAY_OIDS.has(oid) ||
    a.index.catalog.types.some((type) => type.arrayOid === oid && isScalarKind(type))
  );
}

function isScalarKind(type: UserType | undefined): boolean {
  return type !== undefined && SCALAR_KINDS.has(type.kind);
}

function isArrayName(typeName: Inner<'TypeName'> | undefined): boolean {
  const name = textsOf(typeName?.names).at(-1) ?? '';
  return (typeName?.arrayBounds ?? []).length > 0 || name.startsWith('_');
}

/** The type under the brackets: once walked, a type of the source is written with its schema. */
function isScalarName(a: Analysis, typeName: Inner<'TypeName'> | undefined): boolean {
  if (typeName === undefined) return false;
  const names = textsOf(typeName.names);
  const [schema, last] = names.length === 2 ? names : ['pg_catalog', names[0]];
  if (schema !== 'pg_catalog') return isScalarKind(userType(a, typeName));
  const oid = builtinType((last ?? '').replace(/^_/u, ''));
  return oid !== undefined && isBuiltinScalar(oid);
}

function userType(a: Analysis, typeName: Inner<'TypeName'>): UserType | undefined {
  const [schema, name, ...more] = textsOf(typeName.names);
  return schema === undefined || name === undefined || more.length > 0
    ? undefined
    : a.index.type(schema, name);
}
