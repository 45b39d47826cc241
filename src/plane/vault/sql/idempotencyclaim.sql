-- $1 vault number, $2 key digest, $3 request digest, $4 expires at ms, $5 now; one that has expired is taken over
insert into vault.idempotency (vault_number, key_digest, request_digest, expires_at_ms) values ($1, $2, $3, $4)
on conflict (vault_number, key_digest) do update
  set request_digest = excluded.request_digest, answer = null, expires_at_ms = excluded.expires_at_ms
  where vault.idempotency.expires_at_ms <= $5
