import type { RelationColumn } from './catalog.ts';

/** The families of built-in types that masks and predicates know how to treat; everything else is `other`. */
export type TypeFamily =
  | 'text'
  | 'padded'
  | 'integer'
  | 'numeric'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'other';

/** OIDs from pg_type.dat; they never change. */
const FAMILIES: ReadonlyMap<number, TypeFamily> = new Map<number, TypeFamily>([
  [25, 'text'],
  [1043, 'text'],
  [1042, 'padded'],
  [19, 'padded'],
  [18, 'padded'],
  [21, 'integer'],
  [23, 'integer'],
  [20, 'integer'],
  [1700, 'numeric'],
  [700, 'float'],
  [701, 'float'],
  [16, 'boolean'],
  [1082, 'date'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [2950, 'uuid'],
]);

export const TEXT_OID = 25;

export function familyOf(column: RelationColumn): TypeFamily {
  return FAMILIES.get(column.typeOid) ?? 'other';
}

/** Whether a column of a type of the source's own may be text in all but name: citext, or a domain over text. */
export function isForeignType(column: RelationColumn): boolean {
  return column.typeOid >= 16384;
}

/** The type without its modifier: `numeric(10,2)` is `numeric`, `timestamp(3) with time zone` keeps its words. */
export function bareType(column: RelationColumn): string {
  return column.type.replace(/\([0-9, -]*\)/u, '');
}
