-- $1 space, $2 digests one after the other, $3 how many at most; position counts from 1
select * from vault.lookups_of($1, $2, $3)
