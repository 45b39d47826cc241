-- $1 number
delete from vault.vault where number = $1 and state = 'importing'
