select node, name, asset_id::text as asset_id, owners, tags from observe.node
where plane = $1 and warehouse = $2 and node = any ($3)
