insert into collector.told_series (series, warehouse, digest)
select unnest($1::text[]), $2, unnest($3::text[])
on conflict (series) do update set digest = excluded.digest
