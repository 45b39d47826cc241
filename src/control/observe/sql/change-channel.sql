update observe.channel set settings = $2, state = $3 where id = $1 returning secret_version
