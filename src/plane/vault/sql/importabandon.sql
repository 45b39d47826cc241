-- $1 id; destroys the key and forgets what the manifest said; nothing when it is over
update vault.import
set recipient_key = null, ended_at = clock_timestamp(), manifest = null, signer = null, forgotten = '{}', vault_number = null
where id = $1 and ended_at is null
