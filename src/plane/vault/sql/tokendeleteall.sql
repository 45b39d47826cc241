-- $1 vault number
delete from vault.token where vault_number = $1
