insert into collector.covered (warehouse, table_schema, table_name, digest)
select $1, * from unnest($2::text[], $3::text[], $4::text[])
on conflict (warehouse, table_schema, table_name) do update set digest = excluded.digest
