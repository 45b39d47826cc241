update identity.plane set state = $2 where name = $1
