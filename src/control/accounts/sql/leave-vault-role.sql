delete from identity.vault_role_member where role_id = $1 and subject_id = $2
