select id, created_at, expires_at, revoked_at from identity.api_key where subject_id = $1 order by created_at, id
