update observe.incident set assignee_id = $2, changed_at = $3 where id = $1
