update collector.monitor set due_through_ms = $2, last_run_id = coalesce($3, last_run_id) where name = $1
