-- Changes whenever any DDL touched what introspection reads; statistics do not move it (they are updated in place).
select md5(string_agg(part, ' ')) as pulse
from (
  select 'c' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) || ':' || coalesce(sum(oid::bigint), 0) as part
  from pg_class
  where relkind in ('r', 'p', 'v', 'm', 'f', 'c') and relpersistence <> 't'
    and relnamespace is distinct from to_regnamespace('privet_policy')
  union all
  select 'a' || count(*) || ':' || coalesce(sum(a.xmin::text::bigint), 0)
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and c.relpersistence <> 't'
    and c.relnamespace is distinct from to_regnamespace('privet_policy')
  union all
  select 't' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0)
  from pg_type where typnamespace is distinct from to_regnamespace('privet_policy')
  union all
  select 'n' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from pg_namespace
  union all
  select 'k' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from pg_constraint
  union all
  select 'i' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from pg_inherits
  union all
  select 'd' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from pg_description
  union all
  select 'r' || count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from pg_auth_members
) parts
