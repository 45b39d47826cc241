update operator."grant" set stage = $2, active_from_ms = $3, not_after_ms = $4, activated_leaf = $5, ended_how = $6, ended_at_ms = $7,
  rows_used = $8, items_used = $9
where id = $1
