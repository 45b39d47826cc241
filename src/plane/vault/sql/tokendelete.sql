-- $1 vault number, $2 digests
delete from vault.token where vault_number = $1 and digest = any($2::bytea[])
