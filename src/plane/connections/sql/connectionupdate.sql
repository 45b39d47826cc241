-- $1 id, $2 version it must have, $3 document, $4 whether the secret is for it still
update vault.connection set version = version + 1, document = $3, secret = case when $4 then secret end
where id = $1 and version = $2
