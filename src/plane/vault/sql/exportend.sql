-- $1 id, $2 now in ms; destroys the key
update vault.export set sender_key = null, ended_at_ms = $2 where id = $1 and ended_at_ms is null returning vault_number as "vaultNumber"
