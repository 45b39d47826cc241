insert into identity.vault_role (id, vault, name, display_name, description, definition, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing
