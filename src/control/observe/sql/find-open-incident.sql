select id, severity from observe.incident where asset_id = $1 and state <> 'resolved'
