insert into observe.mute (id, source_name, check_name, until, reason, by_name, at) values ($1, $2, $3, $4, $5, $6, $7)
