select id, channel, code, at_ms, bytes, cut, digest, leaf from operator.quarantined
where ($1::text is null or channel = $1) and ($2::text is null or id < $2)
order by id desc limit $3
