/** OIDs of the reg* types that name objects, by name (pg_type.dat). Text search configurations name no data. */
const REFERENCE_OIDS: ReadonlyMap<string, number> = new Map([
  ['regproc', 24],
  ['regprocedure', 2202],
  ['regoper', 2203],
  ['regoperator', 2204],
  ['regclass', 2205],
  ['regtype', 2206],
  ['regnamespace', 4089],
  ['regrole', 4096],
  ['regcollation', 4191],
]);
/** Stands for an array of any of them. */
export const REFERENCES = 2210;
const ARRAYS = [1008, 2207, 2208, 2209, REFERENCES, 2211, 4090, 4097, 4192];
const TYPES: ReadonlySet<number> = new Set([...REFERENCE_OIDS.values(), ...ARRAYS]);
const ARRAY_TYPES: ReadonlySet<number> = new Set(ARRAYS);

/** The OID of a reg* type, or of an array of them. */
export function referenceOid(name: string, array: boolean): number {
  return array ? REFERENCES : (REFERENCE_OIDS.get(name) ?? REFERENCES);
}

export function isReferenceType(oid: number): boolean {
  return TYPES.has(oid);
}

export function isReferenceArrayType(oid: number): boolean {
  return ARRAY_TYPES.has(oid);
}
