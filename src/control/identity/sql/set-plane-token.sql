update identity.plane set token_sha256 = $2 where name = $1
