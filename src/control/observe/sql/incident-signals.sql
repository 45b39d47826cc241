select s.key, s.kind, s.check_name, s.column_name, s.dimension, s.severity, s.state, s.failures::text as failures, s.since, s.at
from observe.incident_signal j join observe.signal s using (plane, key)
where j.incident_id = $1
order by s.state, array_position(array['critical', 'high', 'normal', 'low'], s.severity), s.since, s.key
