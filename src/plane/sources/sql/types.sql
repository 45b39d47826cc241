-- Types that are not the system's; no row types of relations, no array types.
select
  t.oid::bigint as oid,
  n.nspname as schema,
  t.typname as name,
  t.typtype as kind,
  t.typarray::bigint as "arrayOid",
  coalesce((
    select json_agg(json_build_object('name', a.attname, 'typeOid', a.atttypid::bigint) order by a.attnum)
    from pg_attribute a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  ), '[]') as attributes
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_class c on c.oid = t.typrelid
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'privet_policy')
  and n.nspname !~ '^pg_(temp|toast_temp)_'
  and (t.typrelid = 0 or c.relkind = 'c')
  and not exists (select from pg_type e where e.typarray = t.oid)
order by t.oid
