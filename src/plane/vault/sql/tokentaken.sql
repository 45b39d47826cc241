-- $1 vault number, $2 digests, $3 spaces, $4 record ids, $5 column numbers, $6 value digests: which are not there, from 1
select new.position::integer
from unnest($2::bytea[], $3::integer[], $4::uuid[], $5::integer[], $6::bytea[]) with ordinality
  as new (digest, space, record_id, column_number, value_digest, position)
where not exists (
  select from vault.token t
  where t.vault_number = $1 and t.digest = new.digest and t.space = new.space
    and t.record_id is not distinct from new.record_id and t.column_number is not distinct from new.column_number
    and t.value_digest is not distinct from new.value_digest
)
