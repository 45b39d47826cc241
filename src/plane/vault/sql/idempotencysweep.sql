-- $1 now in ms
delete from vault.idempotency where expires_at_ms <= $1
