insert into collector.upload (target, artifact, digest, loaded_at_ms) values ($1, $2, $3, $4)
on conflict do nothing returning digest
