update identity.token set revoked_at = $2 where subject_id = $1 and revoked_at is null
