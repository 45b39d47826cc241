-- $1 spaces
delete from vault.lookup where space = any($1::integer[])
