-- $1 number
select number, digest, state, records, tokens, files, key_destroyed_at_ms as "keyDestroyedAtMs", leaf from vault.subject where number = $1 and state = 'forgetting' for update
