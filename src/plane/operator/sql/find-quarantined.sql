select id, channel, code, at_ms, bytes, cut, digest, leaf, sealed from operator.quarantined where id = any ($1::text[])
