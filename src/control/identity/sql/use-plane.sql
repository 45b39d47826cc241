select name, region, url from identity.plane where token_sha256 = $1 and state = 'active'
