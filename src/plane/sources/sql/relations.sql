-- Relations of the database that are nobody's internals: not the system's, not temporary, not an extension's, not ours.
select
  c.oid::bigint as oid,
  n.nspname as schema,
  c.relname as name,
  c.relkind as kind,
  coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
  has_schema_privilege(n.oid, 'USAGE')
    and (has_table_privilege(c.oid, 'SELECT') or has_any_column_privilege(c.oid, 'SELECT')) as readable,
  has_table_privilege(c.oid, 'INSERT,UPDATE,DELETE,TRUNCATE') as writable
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'privet_policy')
  and n.nspname !~ '^pg_(temp|toast_temp)_'
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by n.nspname collate "C", c.relname collate "C"
