select id, name from identity.subject where name = $1 or id = $1
