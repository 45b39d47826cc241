update collector.warehouse set state = $2, fault = $3, looked_at_ms = $4, reach_digest = coalesce($5, reach_digest)
where name = $1
