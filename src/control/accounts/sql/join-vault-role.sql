insert into identity.vault_role_member (role_id, subject_id) values ($1, $2) on conflict do nothing
