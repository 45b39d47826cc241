-- $1 table numbers; with what is left of forgotten people's
select count(*) as records from vault.record where table_number = any($1::int[])
