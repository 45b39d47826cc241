/** A name as an SQL identifier, always quoted, so that no keyword and no case folding can change it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteQualified(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/**
 * A text as an SQL string literal without backslash escapes (standard_conforming_strings is pinned on upstream).
 * PostgreSQL cannot hold NUL in a text: it is dropped.
 */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`;
}

/** A list of OIDs as an array constant, short and cheap to parse. */
export function oidArray(oids: Iterable<number>): string {
  return `'{${[...oids].join(',')}}'::pg_catalog.oid[]`;
}

export function textArray(texts: readonly string[]): string {
  return `ARRAY[${texts.map(quoteText).join(', ')}]::pg_catalog.text[]`;
}
