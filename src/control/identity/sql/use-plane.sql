select name, region, url, certificate_sha256 from identity.plane where token_sha256 = $1 and state = 'active'
