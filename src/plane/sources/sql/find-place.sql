select name from sources.system where host = $1 and port = $2 and database = $3
