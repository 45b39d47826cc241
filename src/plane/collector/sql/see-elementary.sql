insert into collector.elementary_seen (warehouse, relation, key, created_ms)
select $1, $2, key, ms from unnest($3::text[], $4::bigint[]) as t(key, ms)
on conflict do nothing returning key
