-- $1 vault number
delete from vault.schema where vault_number = $1
