update identity.plane set certificate_sha256 = $2 where name = $1 and certificate_sha256 is null
