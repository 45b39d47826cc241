import { BUILTIN_TYPES } from './builtin.ts';
import type { Catalog } from './catalog.ts';
import { isReferenceType } from './referencetype.ts';

/** Array types over the built-in types, by OID (pg_type.typarray, the same in PostgreSQL 15 to 18). */
const ARRAYS = `
143 199 271 629 651 719 775 791 1000 1001 1002 1003 1005 1006 1007 1009 1010 1011 1012 1013 1014 1015 1016 1017 1018
1019 1020 1021 1022 1027 1028 1040 1041 1115 1182 1183 1185 1187 1231 1270 1561 1563 2201 2949 2951 3221 3643 3645 3807
3905 3907 3909 3911 3913 3927 4073 6150 6151 6152 6153 6155 6157`;

/** 0 lets the server infer; drivers send `unknown` for texts and `void` for what is only given out. */
const BUILTIN: ReadonlySet<number> = new Set([
  0,
  705,
  2278,
  ...BUILTIN_TYPES.trim()
    .split(/\s+/u)
    .map((entry) => Number(entry.split(':')[1])),
  ...ARRAYS.trim().split(/\s+/u).map(Number),
]);

/**
 * Whether a client may say that a parameter is of the type with that OID: a type a statement may name. Others, such as
 * regclass, aclitem and row types, would look up or show what the subject may not know of.
 */
export function isParameterType(catalog: Catalog, oid: number): boolean {
  if (BUILTIN.has(oid)) return true;
  return catalog.types.some(
    (type) =>
      (type.oid === oid || (type.arrayOid === oid && oid !== 0)) &&
      !type.attributes.some((attribute) => isReferenceType(attribute.typeOid)),
  );
}
