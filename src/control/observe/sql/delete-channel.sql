delete from observe.channel where id = $1
