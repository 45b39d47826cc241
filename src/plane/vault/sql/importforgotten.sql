-- $1 id, $2 digests; adds them
update vault.import set forgotten = array(select distinct unnest(forgotten || $2::text[])) where id = $1 and ended_at is null
