-- $1 vault number, $2 digest; who came back after being forgotten is somebody new
select number, digest, state, records, tokens, files, key_destroyed_at_ms as "keyDestroyedAtMs", leaf from vault.subject where vault_number = $1 and digest = $2
order by state = 'forgotten', number desc limit 1
