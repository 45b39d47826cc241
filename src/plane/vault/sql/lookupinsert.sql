-- $1 spaces, $2 digests, $3 record ids, $4 table numbers, $5 whether unique
insert into vault.lookup (space, digest, record_id, table_number, is_unique)
select * from unnest($1::integer[], $2::bytea[], $3::uuid[], $4::integer[], $5::boolean[])
on conflict do nothing
