-- $1 service that wraps now
select count(*)::integer as keys, count(*) filter (where provider <> $1)::integer as waiting from keys.data_key
