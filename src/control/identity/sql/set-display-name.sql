update identity.subject set display_name = $2 where id = $1
