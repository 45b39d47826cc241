-- $1 import, $2 number, $3 records, $4 tokens, $5 left out
insert into vault.import_part (import_id, number, records, tokens, left_out) values ($1, $2, $3, $4, $5)
