update identity.plane set token_sha256 = $2, certificate_sha256 = null where name = $1
