-- $1 space
delete from vault.lookup where space = $1
