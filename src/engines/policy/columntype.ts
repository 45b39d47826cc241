import { unreachable } from '#base/assert';
import type { RoundUnit } from './document.ts';

/** What matters about a column's type when something is to be put in place of its values. */
export type TypeFamily =
  | 'text'
  /** Text whose equality is not that of its characters: masks with a key would tell values apart that it calls equal. */
  | 'loose-text'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'uuid'
  | 'json'
  | 'other';

const FAMILIES: Readonly<Record<string, TypeFamily>> = {
  text: 'text',
  'character varying': 'text',
  varchar: 'text',
  character: 'text',
  name: 'text',
  bpchar: 'loose-text',
  citext: 'loose-text',
  smallint: 'smallint',
  int2: 'smallint',
  integer: 'integer',
  int4: 'integer',
  bigint: 'bigint',
  int8: 'bigint',
  numeric: 'decimal',
  real: 'float',
  float4: 'float',
  'double precision': 'float',
  float8: 'float',
  boolean: 'boolean',
  bool: 'boolean',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamp',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
};

const INTEGER_BOUNDS = {
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
} as const;

/** The family of a type as format_type() writes it; arrays, enums, domains and the unknown are `other`. */
export function familyOf(type: string): TypeFamily {
  const bare = type.toLowerCase().replace(/\s*\([0-9, -]+\)/u, '');
  return Object.hasOwn(FAMILIES, bare) ? (FAMILIES[bare] ?? 'other') : 'other';
}

export function isTextual(family: TypeFamily): boolean {
  return family === 'text' || family === 'loose-text';
}

export function isNumeric(family: TypeFamily): boolean {
  return family in INTEGER_BOUNDS || family === 'decimal' || family === 'float';
}

/** Whether an age can be told of a value. */
export function holdsDates(family: TypeFamily): boolean {
  return family === 'date' || family === 'timestamp';
}

/** A unit no finer than what the type holds; a date cut to the day would not be masked at all. */
export function roundsBy(family: TypeFamily, unit: RoundUnit): boolean {
  if (family === 'timestamp') return true;
  return family === 'date' && unit !== 'day' && unit !== 'hour';
}

/** Whether PostgreSQL reads the text as a value of the family. */
export function holdsConstant(family: TypeFamily, value: string): boolean {
  switch (family) {
    case 'text':
    case 'loose-text':
      return true;
    case 'smallint':
    case 'integer':
    case 'bigint':
      return isInteger(value, INTEGER_BOUNDS[family]);
    case 'decimal':
    case 'float':
      return /^-?[0-9]{1,100}(?:\.[0-9]{1,100})?$/u.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'date':
      return isDate(value);
    case 'timestamp':
      return isTimestamp(value);
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(value);
    case 'json':
      return isJson(value);
    case 'other':
      return false;
    default:
      return unreachable(family);
  }
}

function isInteger(value: string, bound: bigint): boolean {
  if (!/^-?[0-9]{1,19}$/u.test(value)) return false;
  const number = BigInt(value);
  return number <= bound && number >= -bound - 1n;
}

function isDate(value: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/u.test(value) || value.startsWith('0000')) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

function isTimestamp(value: string): boolean {
  const [day, clock, ...rest] = value.split(/[T ]/u);
  if (day === undefined || rest.length > 0 || !isDate(day)) return false;
  return clock === undefined || /^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?Z?$/u.test(clock);
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    // PostgreSQL's jsonb refuses the zero character that JSON itself allows.
    return !value.includes(String.raw`\u0000`);
  } catch {
    return false;
  }
}
