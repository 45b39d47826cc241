-- $1 id, $2 name
insert into vault.vault (id, name, version) values ($1, $2, 1) returning number
