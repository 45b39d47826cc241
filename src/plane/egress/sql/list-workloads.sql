select name, added_by, added_at_ms from egress.workload order by name
