import { BUILTIN_FUNCTIONS, BUILTIN_TYPES } from './builtin.ts';
import type { Catalog, Relation, UserType, VouchedFunction } from './catalog.ts';

/** A function of pg_catalog that may be called. */
export type BuiltinFunction = {
  readonly name: string;
  readonly kind: 'scalar' | 'aggregate' | 'window';
  /** The only numbers of arguments allowed, or null for any. */
  readonly arities: readonly number[] | null;
  /** Names of its result columns; empty when its result is one value; null when overloads differ. */
  readonly columns: readonly string[] | null;
};

/** A catalog with its lookups made once. */
export type CatalogIndex = {
  readonly catalog: Catalog;
  readonly relation: (schema: string, name: string) => Relation | undefined;
  readonly relationByOid: (oid: number) => Relation | undefined;
  /** The topmost ancestors of a relation by inheritance or partitioning: itself when it has none. */
  readonly roots: (relation: Relation) => readonly Relation[];
  readonly type: (schema: string, name: string) => UserType | undefined;
  readonly typeByOid: (oid: number) => UserType | undefined;
  readonly vouched: (schema: string, name: string) => readonly VouchedFunction[];
  readonly hasSchema: (schema: string) => boolean;
  /** Whether it is a name of the source's own: of a schema, relation, column or type. */
  readonly knowsName: (name: string) => boolean;
};

const builtinFunctions = new Map(
  BUILTIN_FUNCTIONS.trim()
    .split(/\s+/u)
    .map((entry) => [builtinOf(entry).name, builtinOf(entry)]),
);
const builtinTypes = new Map(
  BUILTIN_TYPES.trim()
    .split(/\s+/u)
    .map((entry) => entry.split(':'))
    .map(([name, oid]) => [name ?? '', Number(oid)]),
);

/** The built-in function of a name, or undefined when it may not be called. */
export function builtinFunction(name: string): BuiltinFunction | undefined {
  return builtinFunctions.get(name);
}

/** The OID of a built-in type, or undefined when it may not be named. */
export function builtinType(name: string): number | undefined {
  return builtinTypes.get(name);
}

const RECORD_OID = 2249;
const builtinOids = new Set(builtinTypes.values());

/** Whether the OID is of a built-in type that has no columns. */
export function isBuiltinScalar(oid: number): boolean {
  return oid !== RECORD_OID && builtinOids.has(oid);
}

function builtinOf(entry: string): BuiltinFunction {
  const match = /^([^+*/(]+)([+*]?)((?:\/\d+)*)(?:\((.*)\))?$/u.exec(entry);
  const [, name = '', mark = '', arities = '', columns = ''] = match ?? [];
  return {
    name,
    kind: mark === '+' ? 'aggregate' : mark === '*' ? 'window' : 'scalar',
    arities: arities === '' ? null : arities.slice(1).split('/').map(Number),
    columns: columns === '?' ? null : columns === '' ? [] : columns.split(','),
  };
}

/** Prepares the lookups of a catalog; linear in its size. */
export function indexCatalog(catalog: Catalog): CatalogIndex {
  const byName = new Map(catalog.relations.map((item) => [keyOf(item.schema, item.name), item]));
  const byOid = new Map(catalog.relations.map((item) => [item.oid, item]));
  const types = new Map(catalog.types.map((item) => [keyOf(item.schema, item.name), item]));
  const typesByOid = new Map(catalog.types.map((item) => [item.oid, item]));
  const schemas = new Set([...catalog.relations, ...catalog.types].map((item) => item.schema));
  const names = namesOf(catalog);
  return {
    catalog,
    relation: (schema, name) => byName.get(keyOf(schema, name)),
    relationByOid: (oid) => byOid.get(oid),
    roots: (relation) => rootsOf(relation, byOid),
    type: (schema, name) => types.get(keyOf(schema, name)),
    typeByOid: (oid) => typesByOid.get(oid),
    vouched: (schema, name) =>
      catalog.functions.filter((item) => item.schema === schema && item.name === name),
    hasSchema: (schema) => schemas.has(schema),
    knowsName: (name) => names.has(name),
  };
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

function namesOf(catalog: Catalog): Set<string> {
  const names = new Set<string>();
  for (const item of [...catalog.relations, ...catalog.types])
    names.add(item.schema).add(item.name);
  for (const relation of catalog.relations)
    for (const column of relation.columns) names.add(column.name);
  return names;
}

function rootsOf(relation: Relation, byOid: ReadonlyMap<number, Relation>): Relation[] {
  const roots = new Map<number, Relation>();
  const seen = new Set<number>();
  const climb = (at: Relation): void => {
    if (seen.has(at.oid)) return;
    seen.add(at.oid);
    const parents = at.parents
      .map((oid) => byOid.get(oid))
      .filter((parent) => parent !== undefined);
    if (parents.length === 0) roots.set(at.oid, at);
    for (const parent of parents) climb(parent);
  };
  climb(relation);
  return [...roots.values()];
}
