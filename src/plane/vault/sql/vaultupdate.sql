-- $1 number, $2 version, $3 name
update vault.vault set version = $2, name = $3 where number = $1
