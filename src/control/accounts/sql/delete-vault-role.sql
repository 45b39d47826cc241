delete from identity.vault_role where id = $1
