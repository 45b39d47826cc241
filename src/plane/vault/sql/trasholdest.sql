-- $1 now in ms, $2 how many
select key from vault.trash where due_at_ms <= $1 and not held order by due_at_ms limit $2
