delete from observe.table_edge where asset_id = any ($1::bigint[]) and origin = $2
