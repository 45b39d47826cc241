select id from egress.rule where id = any ($1) and (expires_at_ms is null or expires_at_ms > $2)
