select id, use, public_key, created_at, expires_at, revoked_at
from identity.account_key
where subject_id = $1 and use = $2
order by created_at, id
