delete from observe.node where plane = $1 and warehouse = $2 and project = $3 and node = any ($4) and revision <= $5
