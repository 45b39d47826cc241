-- $1 table numbers
delete from vault.record where table_number = any($1::integer[])
