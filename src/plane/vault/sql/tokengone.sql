-- $1 vault number, $2 digests; what the value's digest told goes with it
update vault.token t set gone = true, value_digest = null, expires_at_ms = null, sealed = null
where t.vault_number = $1 and t.digest = any($2::bytea[]) and not t.gone
  and (t.value_digest is null or not exists (
    select from vault.lookup l where l.space = t.space and l.digest = t.value_digest
  ))
