update observe.incident set state = 'acknowledged', acknowledged_by = $2, changed_at = $3 where id = $1
