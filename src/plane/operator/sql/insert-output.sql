insert into operator.output (id, grant_id, view, rows, at_ms, digest, leaf, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8)
