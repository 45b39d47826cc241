insert into identity.account_key (id, subject_id, use, public_key, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6)
