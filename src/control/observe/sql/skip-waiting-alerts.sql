update observe.alert set state = 'skipped' where incident_id = $1 and state = 'waiting' and attempts = 0
