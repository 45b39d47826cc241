-- $1 vault number; a statement of its own, so that it sees what was committed before the lock was got
select version from vault.vault where number = $1 and state <> 'archived'
