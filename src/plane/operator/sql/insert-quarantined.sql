insert into operator.quarantined (id, channel, code, at_ms, bytes, cut, digest, leaf, sealed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
