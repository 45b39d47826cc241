update queue.job set state = 'running', attempt = $2, started_at = coalesce(started_at, now()), problem = null
where key = $1 and state <> 'done'
returning key
