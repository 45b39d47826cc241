update egress.rule set system_id = $2, expires_at_ms = null where id = $1
