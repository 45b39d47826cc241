import type { ColumnSchema } from '#plane/vault';

/** A type of PostgreSQL and its OID (pg_type.dat). */
export type SqlType = { readonly name: string; readonly oid: number };

export const TEXT: SqlType = { name: 'text', oid: 25 };
const JSONB: SqlType = { name: 'jsonb', oid: 3802 };
const DOUBLE: SqlType = { name: 'double precision', oid: 701 };

/** Numbers of 32 bits are kept as they were written, so they stay what `get` gives in 64. */
const TYPES: Readonly<Record<Exclude<ColumnSchema['type'], 'file'>, SqlType>> = {
  string: TEXT,
  int32: { name: 'integer', oid: 23 },
  int64: { name: 'bigint', oid: 20 },
  float32: DOUBLE,
  float64: DOUBLE,
  bool: { name: 'boolean', oid: 16 },
  date: { name: 'date', oid: 1082 },
  datetime: { name: 'timestamp with time zone', oid: 1184 },
  time: { name: 'time without time zone', oid: 1083 },
  json: JSONB,
  bytes: { name: 'bytea', oid: 17 },
};

/** The type of a column whose values are shown whole; null for files, which no query shows. */
export function sqlTypeOf({ type, isArray }: ColumnSchema): SqlType | null {
  if (type === 'file') return null;
  return isArray ? JSONB : TYPES[type];
}
