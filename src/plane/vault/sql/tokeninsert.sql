-- $1 vault number, then one array a column
insert into vault.token (vault_number, digest, space, table_number, column_number, record_id, value_digest, draw, expires_at_ms, binding)
select $1, * from unnest($2::bytea[], $3::integer[], $4::integer[], $5::integer[], $6::uuid[], $7::bytea[], $8::smallint[], $9::bigint[], $10::bytea[])
on conflict do nothing
