-- $1 vault number, $2 version, $3 document
insert into vault.schema (vault_number, version, document) values ($1, $2, $3)
