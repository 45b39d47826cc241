-- $1 id, $2 digests
update vault.import set forgotten = $2 where id = $1 and ended_at is null
