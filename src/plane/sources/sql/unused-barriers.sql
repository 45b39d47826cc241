select name from sources.barrier where system_id = $1 and used_at_ms < $2 order by name limit 500
