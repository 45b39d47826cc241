import type { Problem } from '#base/problem';
import type { FragmentProbe, SqlTemplate } from '#engines/policy';
import { checkFragment, loadParser } from '#engines/sql';

/** Object ids of PostgreSQL's own types (pg_type.dat), as format_type() writes them; the same in every version. */
const TYPE_OIDS: Readonly<Record<string, number>> = {
  boolean: 16,
  bytea: 17,
  name: 19,
  bigint: 20,
  smallint: 21,
  integer: 23,
  text: 25,
  json: 114,
  real: 700,
  'double precision': 701,
  inet: 869,
  character: 1042,
  'character varying': 1043,
  date: 1082,
  'time without time zone': 1083,
  'timestamp without time zone': 1114,
  'timestamp with time zone': 1184,
  interval: 1186,
  'time with time zone': 1266,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
  'integer[]': 1007,
  'text[]': 1009,
  'character varying[]': 1015,
  'bigint[]': 1016,
};
/** A type of the source's own: the parser takes it for something it knows nothing about. */
const FOREIGN_OID = 0;

/** Loads PostgreSQL's parser; once, before fragments are checked. */
export const loadFragmentParser: () => Promise<void> = loadParser;

/** What PostgreSQL's parser has against a policy's SQL on one source; null when nothing. */
export function fragmentProblem(probe: FragmentProbe): Problem | null {
  const columns = probe.columns.map(({ name, type }) => ({ name, typeOid: oidOf(type) }));
  const [problem] = checkFragment(sampleText(probe.template), probe.kind, columns);
  return problem ?? null;
}

function oidOf(type: string): number {
  const bare = type.replace(/\s*\([0-9, -]+\)/u, '');
  return Object.hasOwn(TYPE_OIDS, bare) ? (TYPE_OIDS[bare] ?? FOREIGN_OID) : FOREIGN_OID;
}

/** The template with its made-up values written out; they hold nothing that needs escaping. */
function sampleText(template: SqlTemplate): string {
  return template
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('column' in piece) return `"${piece.column.replaceAll('"', '""')}"`;
      if ('text' in piece) return `'${piece.text}'::pg_catalog.text`;
      return `ARRAY[${piece.texts.map((text) => `'${text}'`).join(', ')}]::pg_catalog.text[]`;
    })
    .join('');
}
