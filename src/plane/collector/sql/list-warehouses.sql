select name, engine, place, results, mode, elementary, collector_role, collector_password, reader_role, reader_password,
  reach_digest, state, fault, looked_at_ms, registered_by, registered_at_ms
from collector.warehouse
where $1::text is null or name = $1
order by name
