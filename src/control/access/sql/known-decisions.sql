select id from access.decision where id = any($1)
