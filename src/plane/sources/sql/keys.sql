-- Primary and foreign keys, their columns in key order.
select
  k.conrelid::bigint as relation,
  k.contype as kind,
  array(
    select a.attname::text from unnest(k.conkey) with ordinality as u (attnum, place)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum
    order by u.place
  ) as columns,
  k.confrelid::bigint as target,
  array(
    select a.attname::text from unnest(k.confkey) with ordinality as u (attnum, place)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum
    order by u.place
  ) as "references"
from pg_constraint k
where k.contype in ('p', 'f') and k.conrelid = any ($1::oid[])
order by k.conrelid, k.contype, k.conname collate "C"
