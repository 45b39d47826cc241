import type { Analysis } from './analysis.ts';
import { builtinType } from './catalogindex.ts';
import { quoteQualified } from './quote.ts';
import { isReferenceType } from './referencetype.ts';
import { refusal } from './refusal.ts';
import { searchPath } from './searchpath.ts';
import { tokenIndexAt } from './token.ts';
import { stringNode, textsOf } from './tree.ts';
import type { Inner } from './tree.ts';

/** A type a statement names. `reference` marks the reg* types, whose values are names of objects. */
export type NamedType =
  | { readonly kind: 'builtin' | 'user'; readonly oid: number; readonly array: boolean }
  | { readonly kind: 'reference'; readonly name: string; readonly array: boolean };

const REFERENCE_TYPES = new Set([
  'regclass',
  'regtype',
  'regproc',
  'regprocedure',
  'regnamespace',
  'regrole',
]);
/** Text search configurations name no data. */
const HARMLESS_REFERENCES = new Map([
  ['regconfig', 3734],
  ['regdictionary', 3769],
]);
/** Domains of information_schema that its own columns have. */
const INFORMATION_TYPES = new Set([
  'cardinal_number',
  'character_data',
  'sql_identifier',
  'time_stamp',
  'yes_or_no',
]);

/** The type a statement names outside a cast: not one whose values name objects, for texts would be looked up. */
export function checkType(a: Analysis, typeName: Inner<'TypeName'> | undefined): NamedType {
  const type = castType(a, typeName);
  if (!a.unrestricted() && type.kind === 'reference') throw unknown(typeName);
  return type;
}

/**
 * The type a cast names, with types of the source written fully qualified. Throws 42704 for one that is not
 * known and may not be named: row types, pseudo-types, and those that look objects up.
 */
export function castType(a: Analysis, typeName: Inner<'TypeName'> | undefined): NamedType {
  const names = textsOf(typeName?.names);
  const name = names.at(-1);
  if (
    typeName === undefined ||
    name === undefined ||
    names.length > 2 ||
    typeName.setof === true ||
    typeName.pct_type === true
  ) {
    throw unknown(typeName);
  }
  a.seen.add(typeName);
  for (const modifier of typeName.typmods ?? []) checkModifier(a, modifier, typeName);
  const array = (typeName.arrayBounds ?? []).length > 0;
  const schemas = names.length === 2 ? [names[0] ?? ''] : searchPath(a);
  for (const schema of schemas) {
    const found = typeIn(a, schema, name);
    if (found === null) continue;
    if (found.kind === 'user' && names.length === 1) qualify(a, typeName, schema);
    return { ...found, array: array || found.array };
  }
  throw unknown(typeName);
}

function checkModifier(
  a: Analysis,
  modifier: NonNullable<Inner<'TypeName'>['typmods']>[number],
  typeName: Inner<'TypeName'>,
): void {
  if (!('A_Const' in modifier)) throw unknown(typeName);
  a.seen.add(modifier.A_Const);
}

function unknown(typeName: Inner<'TypeName'> | undefined): Error {
  const name = textsOf(typeName?.names).at(-1) ?? '';
  return refusal('42704', `type \`${name}\` is not one the gateway lets through`, {
    hint: 'built-in types and the enums, domains and ranges of the source are',
    offset: typeName?.location,
  });
}

function typeIn(a: Analysis, schema: string, name: string): NamedType | null {
  if (schema === 'pg_catalog') return builtinNamed(name);
  if (schema === 'information_schema') {
    return INFORMATION_TYPES.has(name) ? { kind: 'builtin', oid: 0, array: false } : null;
  }
  const type = a.index.type(schema, name);
  if (type === undefined) return null;
  const naming = type.attributes.some((attribute) => isReferenceType(attribute.typeOid));
  return naming && !a.unrestricted() ? null : { kind: 'user', oid: type.oid, array: false };
}

function builtinNamed(name: string): NamedType | null {
  if (REFERENCE_TYPES.has(name)) return { kind: 'reference', name, array: false };
  const harmless = HARMLESS_REFERENCES.get(name);
  if (harmless !== undefined) return { kind: 'builtin', oid: harmless, array: false };
  const element = name.startsWith('_') ? builtinType(name.slice(1)) : undefined;
  if (element !== undefined) return { kind: 'builtin', oid: 0, array: true };
  const oid = builtinType(name);
  return oid === undefined ? null : { kind: 'builtin', oid, array: false };
}

function qualify(a: Analysis, typeName: Inner<'TypeName'>, schema: string): void {
  const name = textsOf(typeName.names)[0] ?? '';
  const token = a.tokens[tokenIndexAt(a.tokens, typeName.location ?? -1)];
  if (token === undefined || token.start !== typeName.location) {
    throw refusal('XX000', 'a type expected its name where the parser saw it');
  }
  a.edits.push({ start: token.start, end: token.end, text: quoteQualified(schema, name) });
  typeName.names = [stringNode(schema), stringNode(name)];
}
