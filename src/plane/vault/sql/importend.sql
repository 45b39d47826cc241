-- $1 id; destroys the key: the export cannot be opened any more
update vault.import set recipient_key = null, ended_at = clock_timestamp() where id = $1 and ended_at is null
