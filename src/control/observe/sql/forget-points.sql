delete from observe.point where at < $1
