insert into catalog.owner (source_id, subject_id, at) values ($1, $2, $3) on conflict do nothing
