insert into observe.incident_event (incident_id, at, kind, actor, signal_key, note) values ($1, $2, $3, $4, $5, $6)
