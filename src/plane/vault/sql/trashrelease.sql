-- $1 how keys of the vault's files begin, $2 vault number, $3 now in ms: nothing while another export may read them
update vault.trash set held = false, due_at_ms = least(due_at_ms, $3)
where held and starts_with(key, $1) and not exists (select from vault.export where vault_number = $2 and ended_at_ms is null)
