insert into identity.session (id, subject_id, kind, sha256, created_at, seen_at, expires_at, address)
values ($1, $2, $3, $4, $5, $5, $6, $7)
