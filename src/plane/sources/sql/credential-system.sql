update sources.system
set host = $2, port = $3, database = $4, username = $5, tls = $6, authorities = $7, password = $8
where id = $1
