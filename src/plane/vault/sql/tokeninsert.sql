-- $1 vault number, then one array a column; $2 digests, $7 value digests and $10 bindings one after the other, $11 null where none is sealed
insert into vault.token (vault_number, digest, space, table_number, column_number, record_id, value_digest, draw, expires_at_ms, binding, sealed)
select $1, substring($2::bytea from place::integer * 16 - 15 for 16), space, table_number, column_number, record_id,
  case when record_id is null then substring($7::bytea from place::integer * 16 - 15 for 16) end, draw, expires_at_ms,
  substring($10::bytea from place::integer * 16 - 15 for 16), ($11::bytea[])[place::integer]
from unnest($3::integer[], $4::integer[], $5::integer[], $6::uuid[], $8::smallint[], $9::bigint[]) with ordinality
  as new (space, table_number, column_number, record_id, draw, expires_at_ms, place)
on conflict do nothing
