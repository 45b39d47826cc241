insert into identity.api_key (id, subject_id, sha256, created_at, expires_at) values ($1, $2, $3, $4, $5)
