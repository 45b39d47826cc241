insert into observe.incident (id, asset_id, severity, state, opened_at, changed_at) values ($1, $2, $3, 'open', $4, $4)
