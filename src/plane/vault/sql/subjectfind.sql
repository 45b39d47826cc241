-- $1 vault number, $2 digests
select digest, number, state from vault.subject
where vault_number = $1 and digest = any($2::bytea[]) and state <> 'forgotten'
