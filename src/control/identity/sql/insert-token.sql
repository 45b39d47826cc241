insert into identity.token (id, subject_id, label, sha256, scram, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
