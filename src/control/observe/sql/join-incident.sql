insert into observe.incident_signal (incident_id, plane, key) values ($1, $2, $3) on conflict do nothing
