select s.id, s.mode, s.tls, s.server_version, s.version, jsonb_array_length(s.findings) as findings,
  to_timestamp(s.refreshed_at_ms / 1000.0) as refreshed_at
from sources.system s order by s.id
