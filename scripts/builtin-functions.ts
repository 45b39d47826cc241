/**
 * Writes the allow-lists of built-in functions and types from the catalogs of real servers:
 *
 *     node scripts/builtin-functions.ts postgres://…15 postgres://…18 > src/engines/sql/builtin.ts
 *
 * A function is on the list when every server that has it says it is immutable or stable (or it is one of the few
 * harmless volatile ones), takes and gives no internal type, and no pattern below names it. The patterns hold what is
 * declared stable and still reads data, catalogs or the server by text, name or OID.
 */
import { Client } from 'pg';

const HARMLESS_VOLATILE = new Set(
  'random random_normal clock_timestamp timeofday gen_random_uuid uuidv4 uuidv7 pg_is_in_recovery array_sample array_shuffle pg_partition_ancestors pg_partition_tree'.split(
    ' ',
  ),
);

const DENIED: readonly RegExp[] = [
  /_to_xml/u, // runs SQL text or dumps relations by name
  /^pg_stat_/u, // activity and row counts of others
  /^(txid|pg_current_|pg_snapshot|pg_visible_in|pg_wal|pg_split_wal)/u, // transaction and log positions
  /^pg_(show|event_trigger|mcv|ndistinct|dependencies|replication|input|numa|config|conf_load)/u,
  /^pg_(cursor|prepared_statement|listening_channels|filenode_relation|relation_file)/u,
  /^pg_get_(catalog_foreign|publication|replica|replication|loaded|acl)/u,
  /^pg_(tablespace|extension_update|settings_get|column_toast)/u,
  /^pg_(describe|identify|get_object_address)/u, // names of anything by OID
  /^row_security|^inet_(client|server)|^getpgusername$|^system_user$|validator$|^satisfies_hash/u,
  /^to_reg|^reg(class|proc|type|role|oper|namespace|config|dictionary|collation)/u, // name lookups outside our catalog
  /^(acldefault|aclexplode|makeaclitem|hash_aclitem)/u, // role names
  /^pg_available_ext/u,
];

type Row = {
  name: string;
  volatile: string;
  arguments: number;
  defaults: number;
  internal: boolean;
  kind: string;
  columns: string[] | null;
};

const QUERY = `
  select p.proname as name, p.provolatile as volatile, p.pronargs as arguments, p.pronargdefaults as defaults,
    (p.proargtypes::oid[] && array['internal'::regtype::oid, 'cstring'::regtype::oid])
      or t.typname in ('internal', 'cstring', 'trigger', 'event_trigger', 'language_handler', 'fdw_handler',
        'index_am_handler', 'tsm_handler', 'table_am_handler', 'pg_ddl_command') as internal,
    p.prokind as kind,
    case when p.proargmodes is not null then
      (select array_agg(p.proargnames[i]::text order by i) from generate_subscripts(p.proargmodes, 1) i
        where p.proargmodes[i] in ('o', 'b', 't')) end as columns
  from pg_proc p join pg_type t on t.oid = p.prorettype
  where p.pronamespace = 'pg_catalog'::regnamespace`;

const TYPES = `
  select t.typname as name, t.oid::int as oid from pg_type t
  where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'd', 'r', 'm') and t.typelem = 0
    and t.typname not like 'reg%' and t.typname not like 'pg\\_%' and t.typname not in ('aclitem', 'cstring', 'gtsvector')
  union all
  select t.typname, t.oid::int from pg_type t
  where t.typnamespace = 'pg_catalog'::regnamespace and t.typname in ('point', 'box', 'lseg', 'line', 'name', 'int2vector', 'oidvector', 'pg_lsn', 'record')`;

async function main(urls: readonly string[]): Promise<void> {
  const functions = new Map<string, Row[]>();
  const types = new Map<string, number>();
  const versions: string[] = [];
  for (const url of urls) {
    const client = new Client(url);
    await client.connect();
    versions.push((await client.query('show server_version')).rows[0].server_version);
    for (const row of (await client.query<Row>(QUERY)).rows) {
      functions.set(row.name, [...(functions.get(row.name) ?? []), row]);
    }
    for (const row of (await client.query(TYPES)).rows) types.set(row.name, row.oid);
    await client.end();
  }
  process.stdout.write(fileText({ versions, functions, types }));
}

function allowed(row: Row): boolean {
  if (row.internal || DENIED.some((pattern) => pattern.test(row.name))) return false;
  return row.volatile !== 'v' || HARMLESS_VOLATILE.has(row.name);
}

/** `name`, `name/3` when only calls with three arguments are allowed, `name(a,b)` when it gives named columns. */
function entry(name: string, rows: readonly Row[]): string | null {
  const good = rows.filter(allowed);
  const bad = rows.filter((row) => !allowed(row) && !row.internal);
  if (good.length === 0) return null;
  const badArities = new Set(bad.map((row) => row.arguments));
  const arities = [...new Set(good.map((row) => row.arguments))].filter((n) => !badArities.has(n));
  if (arities.length === 0) return null;
  const suffix = bad.length === 0 ? '' : `/${arities.sort((a, b) => a - b).join('/')}`;
  const shapes = new Set(good.map((row) => (row.columns ?? []).join(',')));
  const kind = good.some((row) => row.kind === 'a')
    ? '+'
    : good.some((row) => row.kind === 'w')
      ? '*'
      : '';
  if (shapes.size > 1) return `${name}${kind}${suffix}(?)`;
  const columns = [...shapes][0] ?? '';
  return `${name}${kind}${suffix}${columns === '' ? '' : `(${columns})`}`;
}

function wrap(words: readonly string[]): string {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line.length + word.length > 96) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

function fileText(found: {
  versions: readonly string[];
  functions: ReadonlyMap<string, readonly Row[]>;
  types: ReadonlyMap<string, number>;
}): string {
  const entries = [...found.functions]
    .map(([name, rows]) => entry(name, rows))
    .filter((text) => text !== null)
    .sort();
  const types = [...found.types].map(([name, oid]) => `${name}:${oid}`).sort();
  return `/**
 * Functions and types of pg_catalog that statements may name. Generated from pg_proc and pg_type of
 * PostgreSQL ${found.versions.join(' and ')} by scripts/builtin-functions.ts, which says what is left out and why.
 * \`+\` marks aggregates, \`*\` window functions, \`/n\` the only numbers of arguments allowed, \`(a,b)\` named result columns.
 */
export const BUILTIN_FUNCTIONS = \`
${wrap(entries)}
\`;

/** Base, domain, range and multirange types with their OIDs; no reg* types, no row types, no pseudo-types but record. */
export const BUILTIN_TYPES = \`
${wrap(types)}
\`;
`;
}

await main(process.argv.slice(2));
