-- $1 vault number
delete from vault.subject where vault_number = $1
