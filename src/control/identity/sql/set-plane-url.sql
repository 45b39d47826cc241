update identity.plane set url = $2 where name = $1
