-- $1 spaces, $2 digests, $3 record ids: which of them are not there, by position from 1
select new.position::integer from unnest($1::integer[], $2::bytea[], $3::uuid[]) with ordinality as new (space, digest, record_id, position)
where not exists (
  select from vault.lookup l where l.space = new.space and l.digest = new.digest and l.record_id = new.record_id
)
