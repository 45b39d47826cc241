-- $1 id, $2 vault number, $3 direction, $4 name, $5 document
insert into vault.connection (id, vault_number, direction, name, version, document) values ($1, $2, $3, $4, 1, $5)
