select id, origin, system_id, workload, host, port, purpose, networks, expires_at_ms, added_by, added_at_ms
from egress.rule where workload = $1 and port = $2
