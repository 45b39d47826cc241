select id, name, description, created_at from identity.team where name = $1
