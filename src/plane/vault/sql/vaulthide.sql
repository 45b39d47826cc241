-- $1 number
update vault.vault set state = 'importing' where number = $1
