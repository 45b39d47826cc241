delete from identity.subject where id = $1
