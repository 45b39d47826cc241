-- $1 number
update vault.vault set state = 'active' where number = $1 and state = 'importing'
