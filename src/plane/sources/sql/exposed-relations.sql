-- Run as the gate role: every relation or column it has any right on, and whether PUBLIC is why.
select
  n.nspname as schema,
  c.relname as name,
  c.relkind as kind,
  coalesce(table_rights.rights, '{}') as "publicRights",
  coalesce(column_rights.grants, '[]') as "publicColumns"
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join lateral (
  select array_agg(distinct e.privilege_type) as rights
  from aclexplode(c.relacl) e where e.grantee = 0
) table_rights on true
left join lateral (
  select json_agg(json_build_object('column', a.attname, 'right', e.privilege_type)) as grants
  from pg_attribute a cross join lateral aclexplode(a.attacl) e
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and e.grantee = 0
) column_rights on true
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'privet_policy')
  and n.nspname !~ '^pg_(temp|toast_temp)_'
  and (
    (c.relkind in ('r', 'p', 'v', 'm', 'f') and (
      has_table_privilege(c.oid, 'SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER')
      or has_any_column_privilege(c.oid, 'SELECT,INSERT,UPDATE,REFERENCES')))
    or (c.relkind = 'S' and has_sequence_privilege(c.oid, 'USAGE,SELECT,UPDATE'))
  )
order by n.nspname collate "C", c.relname collate "C"
limit 10000
