import type { Queryable } from '#platform/db';
import type { Catalog, Relation, UserType } from '#engines/sql';

const KINDS: Readonly<Record<string, Relation['kind']>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized-view',
  f: 'foreign-table',
};

const RELATIONS = `
  select c.oid::int as oid, n.nspname as schema, c.relname as name, c.relkind as kind,
    coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
    array(select inhparent::int from pg_inherits where inhrelid = c.oid) as parents,
    array(select a.attname::text from pg_constraint k cross join unnest(k.conkey) with ordinality u(n, i)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = u.n where k.conrelid = c.oid and k.contype = 'p' order by u.i) as "primaryKey",
    (select coalesce(json_agg(json_build_object('name', attname, 'attnum', attnum, 'type', format_type(atttypid, atttypmod),
        'typeOid', atttypid::int, 'notNull', attnotnull, 'deterministic', true) order by attnum), '[]')
      from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^(pg_|information_schema$|privet_policy$)' order by c.oid`;

const TYPES = `
  select t.oid::int as oid, n.nspname as schema, t.typname as name, t.typarray::int as "arrayOid",
    case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range'
      when 'm' then 'multirange' else 'base' end as kind,
    coalesce((select json_agg(json_build_object('name', attname, 'typeOid', atttypid::int) order by attnum)
      from pg_attribute where attrelid = t.typrelid and t.typrelid <> 0 and attnum > 0), '[]') as attributes
  from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
  where n.nspname !~ '^(pg_|information_schema$)' and t.typelem = 0 and (c.oid is null or c.relkind = 'c')`;

/** The catalog of a database as the planner takes it, read with search_path set to pg_catalog. */
export async function readCatalog(db: Queryable): Promise<Catalog> {
  const version = (await db.query('show server_version_num')).rows[0] as {
    server_version_num: string;
  };
  const relations = (await db.query(RELATIONS)).rows as (Omit<Relation, 'kind'> & {
    kind: string;
  })[];
  const types = (await db.query(TYPES)).rows as UserType[];
  return {
    digest: 'fixture',
    serverVersion: Number(version.server_version_num),
    relations: relations.map((row) => ({
      ...row,
      columns: row.columns,
      kind: KINDS[row.kind] ?? 'table',
    })),
    types,
    functions: [],
  };
}
