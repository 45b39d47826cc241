update observe.incident set state = 'resolved', resolved_at = $2, changed_at = $2, resolved_by_itself = $3
where id = $1 and state <> 'resolved'
