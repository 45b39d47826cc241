select
  (select count(*) from identity.account_key where subject_id = $1 and revoked_at is null and expires_at > $2)::int
  + (select count(*) from identity.api_key where subject_id = $1 and revoked_at is null and expires_at > $2)::int as live
