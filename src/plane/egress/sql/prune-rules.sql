delete from egress.rule where origin = 'system' and expires_at_ms < $1
