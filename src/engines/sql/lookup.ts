import type { Analysis } from './analysis.ts';
import { LABEL } from './answerform.ts';
import type { Answer } from './answerform.ts';
import { quoteText, textArray } from './quote.ts';
import { searchPath } from './searchpath.ts';
import { systemSelect } from './systemselect.ts';

/**
 * Lookups by a name that is only known when the query runs. The argument stands in a subquery without FROM, `q`, so that
 * its names mean what they mean outside; it is looked up in catalogs that are filtered already.
 */
function around(expression: string, type: string, from: string): Answer {
  const before = `${expression}${LABEL} FROM (SELECT `;
  return { kind: 'around', type: `pg_catalog.${type}`, before, after: `) AS q(n)${from}` };
}

/** `current_setting(name)`: the session's own settings, then those that are shown; NULL for the rest. */
export function settingByName(a: Analysis): Answer {
  const rows = systemSelect(a, { schema: 'pg_catalog', name: 'pg_settings' }, ['name', 'setting']);
  const name = 'pg_catalog.lower(q.n::pg_catalog.text)';
  const own = Object.entries(a.session.settings).map(
    ([key, value]) => ` WHEN ${name} = ${quoteText(key)} THEN ${quoteText(value)}`,
  );
  const match = `pg_catalog.lower(s.name) = ${name}`;
  const value = `CASE${own.join('')} WHEN true THEN s.setting END`;
  return around(value, 'text', ` LEFT JOIN (${rows}) AS s ON ${match}`);
}

/** `to_regtype(name)`: built-in names as PostgreSQL reads them, others by the virtual search_path. */
export function typeByName(a: Analysis): Answer {
  const named = { catalog: 'pg_type', label: 'typname', schema: 'typnamespace' };
  const match = `o.oid = pg_catalog.to_regtype(CASE WHEN q.n ~ '^[a-z0-9_ ]+$' THEN q.n::pg_catalog.text END)`;
  return around('o.oid::pg_catalog.regtype', 'regtype', joined(a, named, match));
}

/** `col_description(relation, number)`, NULL for a column that is hidden. */
export function columnComment(a: Analysis): Answer {
  const rows = systemSelect(a, { schema: 'pg_catalog', name: 'pg_description' }, [
    'objoid',
    'classoid',
    'objsubid',
    'description',
  ]);
  const before = `d.description${LABEL} FROM (SELECT `;
  const match = 'd.objoid = q.o::pg_catalog.oid AND d.objsubid = q.n::pg_catalog.int4';
  const after = `) AS q(o, n) JOIN (${rows}) AS d ON ${match} AND d.classoid = 1259`;
  return { kind: 'around', type: 'pg_catalog.text', before, after };
}

/** A cast of a name to regclass, by the virtual search_path; NULL where PostgreSQL would fail. */
export function relationByName(a: Analysis): Answer {
  const named = { catalog: 'pg_class', label: 'relname', schema: 'relnamespace' };
  return around('o.oid::pg_catalog.regclass', 'regclass', joined(a, named, 'false'));
}

type Named = { readonly catalog: string; readonly label: string; readonly schema: string };

/** The first object of that name in the path, or the one in the schema written before it. */
function joined(a: Analysis, named: Named, match: string): string {
  const { catalog, label, schema } = named;
  const rows = systemSelect(a, { schema: 'pg_catalog', name: catalog }, ['oid', label, schema]);
  const path = textArray(searchPath(a));
  const words = 'pg_catalog.parse_ident(q.n::pg_catalog.text, false)';
  return (
    ` JOIN (${rows}) AS o ON true JOIN pg_catalog.pg_namespace s ON s.oid = o.${schema}` +
    ` WHERE CASE WHEN ${match} THEN true` +
    ` WHEN pg_catalog.cardinality(${words}) = 2 THEN ARRAY[s.nspname, o.${label}]::pg_catalog.text[] = ${words}` +
    ` WHEN pg_catalog.cardinality(${words}) = 1 THEN o.${label} = (${words})[1] AND s.nspname = ANY (${path}) ELSE false END` +
    ` ORDER BY pg_catalog.array_position(${path}, s.nspname::pg_catalog.text) LIMIT 1`
  );
}
