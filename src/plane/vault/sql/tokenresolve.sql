-- $1 vault number, $2 digests one after the other; position counts from 1
select * from vault.tokens_of($1, $2)
