delete from collector.elementary_seen where warehouse = $1 and relation = $2 and created_ms < $3
