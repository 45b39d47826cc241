-- $1 numbers
select number from vault.subject where number = any($1::bigint[]) and state <> 'kept' limit 1
