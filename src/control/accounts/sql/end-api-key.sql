update identity.api_key
set expires_at = least(expires_at, $3), revoked_at = case when $3 <= $4 then $4 else revoked_at end
where id = $1 and subject_id = $2 and revoked_at is null and expires_at > $4
returning id
