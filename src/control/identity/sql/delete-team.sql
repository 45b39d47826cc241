delete from identity.team where id = $1
