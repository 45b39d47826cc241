select n.nspname as schema, c.relname as name, pg_get_viewdef(c.oid) as definition,
  (select json_agg(a.attname order by a.attnum) from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'privet_policy', $1)
  and n.nspname !~ '^pg_(toast|temp)'
order by 1, 2
limit 20000
