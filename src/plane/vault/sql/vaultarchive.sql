-- $1 number
update vault.vault set state = 'archived' where number = $1
