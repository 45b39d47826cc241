-- $1 vault number; a statement of its own, so that it sees what was committed before the lock was got
select version, exists (select from vault.export e where e.vault_number = v.number and e.ended_at_ms is null) as exporting
from vault.vault v where number = $1 and state <> 'archived'
