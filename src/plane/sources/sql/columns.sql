-- Columns the role may read, in order; dropped ones are left out.
select
  a.attrelid::bigint as relation,
  a.attname as name,
  a.attnum as attnum,
  format_type(a.atttypid, a.atttypmod) as type,
  a.atttypid::bigint as "typeOid",
  a.attnotnull as "notNull",
  coalesce(l.collisdeterministic, true) as deterministic,
  coalesce(col_description(a.attrelid, a.attnum), '') as comment
from pg_attribute a
left join pg_collation l on l.oid = a.attcollation
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
  and has_column_privilege(a.attrelid, a.attnum, 'SELECT')
order by a.attrelid, a.attnum
