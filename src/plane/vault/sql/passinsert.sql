-- $1 vault number, $2 table id, $3 column id or null, $4 kind
insert into vault.pass (vault_number, table_id, column_id, kind) values ($1, $2, $3, $4) returning number
