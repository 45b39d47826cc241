-- $1 spaces, $2 digests one after the other, $3 record ids: which of them are not there, by position from 1
select new.position::integer from unnest($1::integer[], $3::uuid[]) with ordinality as new (space, record_id, position)
where not exists (
  select from vault.lookup l
  where l.space = new.space and l.record_id = new.record_id
    and l.digest = substring($2::bytea from new.position::integer * 16 - 15 for 16)
)
