select count(*)::int as live from identity.token where subject_id = $1 and revoked_at is null and expires_at > $2
