delete from observe.incident where state = 'resolved' and resolved_at < $1
