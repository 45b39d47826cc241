update identity.subject
set password_hash = $2, password_temporary = $3, password_set_at = $4, scram = $5
where id = $1
