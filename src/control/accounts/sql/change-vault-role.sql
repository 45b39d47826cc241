update identity.vault_role
set display_name = coalesce($2, display_name), description = coalesce($3, description)
where id = $1
