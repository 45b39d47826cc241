import type { Analysis } from './analysis.ts';
import { builtinType } from './catalogindex.ts';
import { quoteQualified } from './quote.ts';
import { searchPath } from './searchpath.ts';
import { isSystemSchema, knowsSystem } from './systemrange.ts';

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

/** The full name of a type of the source's own, in a schema the subject knows of; null for built-in and unknown ones. */
export function resolveType(a: Analysis, text: string): string | null {
  const names = namesIn(text);
  if (names === null) return null;
  const name = names.at(-1) ?? '';
  const schemas = names.length === 2 ? [names[0] ?? ''] : searchPath(a);
  if (names.length === 1 && builtinType(name) !== undefined) return null;
  const known = new Set(a.grants().map((access) => access.relation.schema));
  const schema = schemas.find((each) => known.has(each) && a.index.type(each, name) !== undefined);
  return schema === undefined ? null : quoteQualified(schema, name);
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
