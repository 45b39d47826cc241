-- $1 table number, $2 ids
delete from vault.record where table_number = $1 and id = any($2::uuid[])
