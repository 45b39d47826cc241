-- $1 spaces, $2 digests one after the other, $3 record ids, $4 table numbers, $5 whether unique
insert into vault.lookup (space, digest, record_id, table_number, is_unique)
select space, substring($2::bytea from place::integer * 16 - 15 for 16), record_id, table_number, is_unique
from unnest($1::integer[], $3::uuid[], $4::integer[], $5::boolean[]) with ordinality
  as new (space, record_id, table_number, is_unique, place)
on conflict do nothing
