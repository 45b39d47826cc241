delete from identity.vault_role where vault = $1
