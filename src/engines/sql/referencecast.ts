import type { Analysis } from './analysis.ts';
import type { At } from './at.ts';
import { relationByName } from './lookup.ts';
import { placeAnswer } from './place.ts';
import { quoteText } from './quote.ts';
import { referenceOid } from './referencetype.ts';
import { refusal } from './refusal.ts';
import { resolveRelation, resolveType } from './relationname.ts';
import { closingIndex, tokenIndexAt } from './token.ts';
import { constantText, textsOf } from './tree.ts';
import type { Node } from './tree.ts';
import type { NamedType } from './typecheck.ts';
import type { Value } from './value.ts';
import { isVisibleOid, writtenOid } from './visible.ts';

/** Schemas that every database has, so that naming them tells nothing. */
const EVERYONES_SCHEMAS: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

const CONFINED: Value = { kind: 'plain', typeOid: 0, confined: true };

type Reference = {
  readonly type: Extract<NamedType, { kind: 'reference' }>;
  readonly value: Value;
};

/**
 * A cast to a reg* type turns a name into an OID and an OID into a name, for every object there is. So a name must be a
 * constant that we resolve ourselves, and an OID must come straight out of a filtered catalog.
 */
export function referenceCast(a: Analysis, at: At<'TypeCast'>, reference: Reference): Value {
  const { type } = reference;
  // A NULL of the type makes names of the texts beside it, as any other value of it does.
  if (reference.value.kind !== 'null') checkedCast(a, at, reference);
  return { kind: 'plain', typeOid: referenceOid(type.name, type.array), confined: true };
}

function checkedCast(a: Analysis, at: At<'TypeCast'>, { type, value }: Reference): Value {
  if (a.unrestricted() && type.name !== 'regclass') return CONFINED;
  if (value.kind === 'plain' && value.confined && type.name !== 'regrole') return CONFINED;
  const written = writtenOid(at.inner.arg);
  if (written !== null && type.name !== 'regrole') return numberedObject(a, at, written);
  const constant = constantOf(at.inner.arg);
  const text = constantText(constant);
  if (text !== undefined && type.name === 'regclass') return relationName(a, at, constant);
  const userType = text === undefined || type.name !== 'regtype' ? null : resolveType(a, text);
  if (userType !== null) return writeConstant(a, at, { node: constant, text: userType });
  if (text !== undefined && PG_CATALOG_NAMED.has(type.name) && isBuiltinName(text)) return CONFINED;
  if (text !== undefined && type.name === 'regnamespace' && EVERYONES_SCHEMAS.has(text)) {
    return CONFINED;
  }
  if (a.unrestricted()) return CONFINED;
  if (type.name === 'regclass') return castByName(a, at);
  throw unknownName(at, type.name);
}

const PG_CATALOG_NAMED = new Set(['regproc', 'regprocedure', 'regtype']);

/** A name without a schema is looked up in pg_catalog alone upstream, so it can tell of nothing else. */
function isBuiltinName(text: string): boolean {
  return !text.includes('.') || /^\s*pg_catalog\s*\.\s*[^.]+$/u.test(text);
}

function unknownName(at: At<'TypeCast'>, type: string): Error {
  return refusal('42501', `a cast to ${type} expected a constant name or a column of a catalog`, {
    hint: 'join pg_class, pg_namespace or pg_type on the OID instead',
    offset: at.inner.location,
  });
}

/** The constant under casts to text. */
function constantOf(node: Node | undefined): Node | undefined {
  if (node === undefined || !('TypeCast' in node)) return node;
  const type = textsOf(node.TypeCast.typeName?.names).at(-1) ?? '';
  const toText = type === 'text' || type === 'varchar';
  return toText && node.TypeCast.typeName?.typmods === undefined
    ? constantOf(node.TypeCast.arg)
    : node;
}

/** `CAST(parameter AS regclass)`: looked up when the query runs, in what the subject may know of. */
function castByName(a: Analysis, at: At<'TypeCast'>): Value {
  const { inner, node } = at;
  const first = tokenIndexAt(a.tokens, inner.location ?? -1);
  const [word, open] = [a.tokens[first], a.tokens[first + 1]];
  const close = a.tokens[closingIndex(a.tokens, first + 1)];
  const type = tokenIndexAt(a.tokens, inner.typeName?.location ?? -1);
  const as = a.tokens[type - 1];
  if (constantOf(inner.arg) === undefined || !('ParamRef' in (constantOf(inner.arg) ?? {}))) {
    throw unknownName(at, 'regclass');
  }
  if (word?.text !== 'cast' || open?.text !== '(' || as?.text !== 'as' || close === undefined) {
    throw unknownName(at, 'regclass');
  }
  const inside = { start: open.end, end: as.start };
  const args = inner.arg === undefined ? [] : [inner.arg];
  const spot = { node, name: 'regclass', start: word.start, end: close.end, inside, args };
  placeAnswer(a, spot, relationByName(a));
  return CONFINED;
}

/** Resolves `'name'::regclass` by the virtual search_path and writes the full name into the constant. */
function relationName(a: Analysis, at: At<'TypeCast'>, node: Node | undefined): Value {
  const text = constantText(node) ?? '';
  const found = resolveRelation(a, text);
  if (found === null) {
    throw refusal('42P01', `relation \`${text}\` does not exist`, { offset: at.inner.location });
  }
  return writeConstant(a, at, { node, text: found });
}

type Written = { readonly node: Node | undefined; readonly text: string };

function writeConstant(a: Analysis, at: At<'TypeCast'>, { node, text }: Written): Value {
  const constant = node !== undefined && 'A_Const' in node ? node.A_Const : undefined;
  const token = a.tokens[tokenIndexAt(a.tokens, constant?.location ?? -1)];
  if (constant === undefined || token?.kind !== 'string' || token.start !== constant.location) {
    throw refusal('0A000', 'a cast of a name expected a plain string', {
      offset: at.inner.location,
    });
  }
  a.edits.push({ start: token.start, end: token.end, text: quoteText(text) });
  constant.sval = { sval: text };
  return CONFINED;
}

function numberedObject(a: Analysis, at: At<'TypeCast'>, oid: number): Value {
  if (isVisibleOid(a, oid)) return CONFINED;
  throw refusal('42P01', `object with OID ${oid} does not exist`, { offset: at.inner.location });
}
