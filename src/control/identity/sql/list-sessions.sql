select id, kind, created_at, seen_at, expires_at, address from identity.session
where subject_id = $1 and expires_at > $2
order by created_at desc
