update identity.subject set state = $2 where id = $1
