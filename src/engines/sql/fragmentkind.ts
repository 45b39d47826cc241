import type { CatalogIndex } from './catalogindex.ts';
import { builtinType } from './catalogindex.ts';
import { textsOf } from './tree.ts';
import type { Inner } from './tree.ts';

/**
 * What a value in a policy's SQL is, as far as settings of the session bear on it: `neutral` is written and read the
 * same under all of them; the others are not, or (`opaque`) may not be.
 */
export type Kind =
  | 'neutral'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'time'
  | 'float'
  | 'bytea'
  | 'opaque';

/** What an expression gives; `text` where it is a constant whose text is known, `literal` while that has no type yet. */
export type Known = {
  readonly kind: Kind | 'literal' | 'null';
  readonly text: string | null;
};

export const NEUTRAL: Known = { kind: 'neutral', text: null };
export const NULL_KNOWN: Known = { kind: 'null', text: null };

export function known(kind: Known['kind'], text: string | null = null): Known {
  return { kind, text };
}

/** OIDs of pg_type.dat, scalars and arrays; what is not listed is opaque: money, xml, timetz, geometry and their arrays. */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  ...[
    16, 18, 19, 20, 21, 23, 25, 26, 1042, 1043, 1700, 2950, 114, 3802, 869, 650, 829, 774, 1560,
    1562, 4072,
  ].map(neutralOf),
  ...[
    1000, 1002, 1003, 1005, 1007, 1016, 1009, 1014, 1015, 1028, 1231, 2951, 199, 3807, 1041, 651,
  ].map(neutralOf),
  ...[3904, 3906, 3926, 3614, 3615].map(neutralOf),
  [1082, 'date'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1186, 'interval'],
  [1083, 'time'],
  [700, 'float'],
  [701, 'float'],
  [17, 'bytea'],
]);

function neutralOf(oid: number): [number, Kind] {
  return [oid, 'neutral'];
}

/** Types of extensions whose texts depend on nothing. */
const NEUTRAL_EXTENSIONS: ReadonlySet<string> = new Set(['citext', 'hstore', 'ltree']);

/** The kind of a type by OID; a type the caller does not know (0) passes for neutral: it is known when the query runs. */
export function kindOf(index: CatalogIndex, oid: number): Kind {
  if (oid === 0) return 'neutral';
  const kind = KINDS.get(oid);
  if (kind !== undefined) return kind;
  const type = index.typeByOid(oid);
  if (type === undefined) return 'opaque';
  const extension = type.kind === 'base' && NEUTRAL_EXTENSIONS.has(type.name);
  return type.kind === 'enum' || extension ? 'neutral' : 'opaque';
}

/** The kind of the type a cast names. */
export function namedKind(index: CatalogIndex, typeName: Inner<'TypeName'> | undefined): Kind {
  const names = textsOf(typeName?.names);
  const name = (names.at(-1) ?? '').replace(/^_/u, '');
  const schema = names.length > 1 ? (names[0] ?? '') : 'pg_catalog';
  const oid = schema === 'pg_catalog' ? builtinType(name) : index.type(schema, name)?.oid;
  return oid === undefined ? 'opaque' : kindOf(index, oid);
}

/** Whether a cast names a type of numbers, to which a float goes by value. */
export function isNumberType(typeName: Inner<'TypeName'> | undefined): boolean {
  const names = textsOf(typeName?.names);
  return (
    typeName?.arrayBounds === undefined &&
    /^(int2|int4|int8|numeric|float4|float8)$/u.test(names.at(-1) ?? '')
  );
}

const DATE = /^\d{4}-\d\d-\d\d$/u;
const STAMP = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$/u;
const ZONED = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?[+-]\d\d(:?\d\d)?$/u;
const CLOCK = /^\d\d:\d\d(:\d\d(\.\d{1,6})?)?$/u;
const SPAN = /^(\d{1,9} (second|minute|hour|day|week|month|year)s?( |$))+$/u;
const NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/iu;

const FITTING: Readonly<Record<Kind, RegExp | null>> = {
  neutral: /^/u,
  date: DATE,
  timestamp: STAMP,
  timestamptz: ZONED,
  interval: SPAN,
  time: CLOCK,
  float: NUMBER,
  bytea: /^/u,
  opaque: null,
};

/** Whether a text reads the same as that kind under every setting. */
export function fits(kind: Kind, text: string): boolean {
  return FITTING[kind]?.test(text) === true;
}
