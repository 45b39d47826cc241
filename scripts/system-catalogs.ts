/**
 * Writes the columns of the system catalogs from real servers, oldest first:
 *
 *     node scripts/system-catalogs.ts postgres://…15 postgres://…18 > src/engines/sql/systemshapes.ts
 *
 * A line is `relation column:typeOid …`; a relation whose columns differ between the servers has a line for each, begun
 * with the server's major version. Catalogs that hold secrets, file contents or statistics of values have no line.
 * `pg_subscription.subconninfo` holds passwords and is left out.
 */
import { Client } from 'pg';

const NEVER =
  /^pg_(authid|shadow|largeobject|largeobject_metadata|user_mapping|user_mappings|subscription_rel|statistic|statistic_ext_data|hba_file_rules|ident_file_mappings|file_settings|config|shmem_allocations|shmem_allocations_numa|backend_memory_contexts|aios|wait_events|toast.*)$/u;

const QUERY = `
  select n.nspname || '.' || c.relname as relation,
    string_agg(a.attname || ':' || a.atttypid, ' ' order by a.attnum) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
  where n.nspname in ('pg_catalog', 'information_schema') and c.relkind in ('r', 'v') and a.attnum > 0
    and not a.attisdropped and a.attname <> 'subconninfo' and c.oid < 16384 group by 1 order by 1`;

async function shapesOf(url: string): Promise<{ major: string; shapes: Map<string, string> }> {
  const client = new Client(url);
  await client.connect();
  const version = Number(
    (await client.query('show server_version_num')).rows[0].server_version_num,
  );
  const { rows } = await client.query<{ relation: string; columns: string }>(QUERY);
  await client.end();
  const shown = rows.filter((row) => !NEVER.test(row.relation.split('.')[1] ?? ''));
  const known = shown.map((row): [string, string] => [row.relation, shortTypes(row.columns)]);
  return { major: String(Math.trunc(version / 10_000)), shapes: new Map(known) };
}

/** The OIDs of information_schema's domains are not fixed; none is needed. */
function shortTypes(columns: string): string {
  return columns.replaceAll(/:(\d+)/gu, (_, oid: string) =>
    Number(oid) >= 10_000 ? '' : `:${oid}`,
  );
}

function linesOf(servers: readonly { major: string; shapes: Map<string, string> }[]): string[] {
  const names = [...new Set(servers.flatMap((server) => [...server.shapes.keys()]))].sort();
  return names.flatMap((name) => {
    const shapes = new Set(servers.map((server) => server.shapes.get(name)));
    const [only] = shapes;
    if (shapes.size === 1 && only !== undefined) return [`${name} ${only}`];
    return servers
      .filter((server) => server.shapes.has(name))
      .map((server) => `${server.major} ${name} ${server.shapes.get(name)}`);
  });
}

const servers = await Promise.all(process.argv.slice(2).map(shapesOf));
const majors = servers.map((server) => server.major).join(' and ');
process.stdout.write(`/**
 * Columns of pg_catalog and information_schema, generated from PostgreSQL ${majors} by scripts/system-catalogs.ts: a line
 * is \`relation column:typeOid …\`, begun with a major version where the versions differ.
 */
export const SYSTEM_SHAPES = \`
${linesOf(servers).join('\n')}
\`;
`);
