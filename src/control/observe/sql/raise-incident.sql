update observe.incident set severity = $2, changed_at = $3 where id = $1
