-- $1 now in ms, $2 how many at most
delete from vault.token where (vault_number, digest) in (
  select vault_number, digest from vault.token where expires_at_ms <= $1 limit $2
)
