update observe.incident set state = 'open', severity = $2, changed_at = $3, resolved_at = null, resolved_by_itself = null,
  acknowledged_by = null
where id = $1
