select count(*)::int as failing from observe.incident_signal j join observe.signal s using (plane, key)
where j.incident_id = $1 and s.state = 'failing'
