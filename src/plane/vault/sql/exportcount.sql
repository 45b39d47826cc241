-- $1 numbers of tables
select count(*)::float8 as records from vault.record where table_number = any($1::integer[]) and body is not null
