delete from observe.mute where id = $1
