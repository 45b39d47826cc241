import type { Analysis } from './analysis.ts';
import { builtinType } from './catalogindex.ts';
import type { At } from './expression.ts';
import { quoteQualified, quoteText } from './quote.ts';
import { refusal } from './refusal.ts';
import { searchPath } from './searchpath.ts';
import { isSystemSchema, knowsSystem } from './systemrange.ts';
import { tokenIndexAt } from './token.ts';
import { constantText } from './tree.ts';
import type { NamedType } from './typecheck.ts';
import type { Value } from './value.ts';

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
  const { type, value } = reference;
  if (value.kind === 'null') return value;
  if (a.unrestricted() && type.name !== 'regclass') return CONFINED;
  if (value.kind === 'plain' && value.confined && type.name !== 'regrole') return CONFINED;
  const text = constantText(at.inner.arg);
  if (text !== undefined && type.name === 'regclass') return relationName(a, at, text);
  if (text !== undefined && type.name === 'regtype' && builtinType(text) !== undefined)
    return CONFINED;
  if (a.unrestricted()) return CONFINED;
  throw refusal(
    '42501',
    `a cast to ${type.name} expected a constant name or a column of a catalog`,
    {
      hint: 'join pg_class, pg_namespace or pg_type on the OID instead',
      offset: at.inner.location,
    },
  );
}

/** Resolves `'name'::regclass` by the virtual search_path and writes the full name into the constant. */
function relationName(a: Analysis, at: At<'TypeCast'>, text: string): Value {
  if (/^\d+$/u.test(text)) return numberedRelation(a, at, Number(text));
  const found = resolveRelation(a, text);
  if (found === null) {
    throw refusal('42P01', `relation \`${text}\` does not exist`, { offset: at.inner.location });
  }
  const constant =
    at.inner.arg !== undefined && 'A_Const' in at.inner.arg ? at.inner.arg.A_Const : undefined;
  const token = a.tokens[tokenIndexAt(a.tokens, constant?.location ?? -1)];
  if (constant === undefined || token?.kind !== 'string' || token.start !== constant.location) {
    throw refusal('0A000', 'a cast to regclass expected a plain string', {
      offset: at.inner.location,
    });
  }
  a.edits.push({ start: token.start, end: token.end, text: quoteText(found) });
  constant.sval = { sval: found };
  return CONFINED;
}

function numberedRelation(a: Analysis, at: At<'TypeCast'>, oid: number): Value {
  const visible = a.grants().some((access) => access.relation.oid === oid);
  if (visible || a.unrestricted()) return CONFINED;
  throw refusal('42P01', `relation with OID ${oid} does not exist`, { offset: at.inner.location });
}

/** The full name of the relation a text names by the virtual search_path, or null when the subject knows of none. */
export function resolveRelation(a: Analysis, text: string): string | null {
  const names = namesIn(text);
  if (names === null) return null;
  const name = names.at(-1) ?? '';
  const schemas = names.length === 2 ? [names[0] ?? ''] : searchPath(a);
  for (const schema of schemas) {
    if (isSystemSchema(schema)) {
      if (knowsSystem(schema, name)) return quoteQualified(schema, name);
      continue;
    }
    const relation = a.index.relation(schema, name);
    if (relation !== undefined && a.grant(relation) !== null) return quoteQualified(schema, name);
  }
  return null;
}

/** The parts of a dotted name, folded and unquoted as PostgreSQL does (varlena.c, SplitIdentifierString). */
function namesIn(text: string): readonly string[] | null {
  const parts =
    /^\s*("(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)(?:\s*\.\s*("(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*))?\s*$/u.exec(
      text,
    );
  if (parts === null) return null;
  return parts
    .slice(1)
    .filter((part) => part !== undefined)
    .map((part) =>
      part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
    );
}
