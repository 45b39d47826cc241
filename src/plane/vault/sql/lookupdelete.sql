-- $1 spaces, $2 digests, $3 record ids
delete from vault.lookup l using unnest($1::integer[], $2::bytea[], $3::uuid[]) as old (space, digest, record_id)
where l.space = old.space and l.digest = old.digest and l.record_id = old.record_id
