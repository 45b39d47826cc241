select asset_id::text as asset_id from observe.incident where id = $1
