-- $1 number
update vault.subject set state = 'forgetting' where number = $1 and state = 'kept'
