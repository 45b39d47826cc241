select n.nspname as schema, c.relname as name, greatest(c.reltuples, 0)::bigint as rows, pg_total_relation_size(c.oid) as bytes,
  s.n_dead_tup as dead_rows, s.last_autovacuum
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_stat_all_tables s on s.relid = c.oid
where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'
order by 4 desc
