-- $1 number; keeps its people from being registered meanwhile
select number from vault.vault where number = $1 and state = 'importing' for update
