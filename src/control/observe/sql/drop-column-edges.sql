delete from observe.column_edge where asset_id = any ($1::bigint[]) and origin = $2
