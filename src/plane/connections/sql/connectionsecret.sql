-- $1 id, $2 version it must have, $3 sealed secret
update vault.connection set version = version + 1, secret = $3 where id = $1 and version = $2
