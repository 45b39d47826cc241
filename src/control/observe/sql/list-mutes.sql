select id, source_name, check_name, until, reason, by_name, at from observe.mute where until > $1 order by until
