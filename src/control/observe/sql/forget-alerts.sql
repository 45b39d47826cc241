delete from observe.alert where state <> 'waiting' and created_at < $1
