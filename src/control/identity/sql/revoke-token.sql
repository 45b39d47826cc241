update identity.token t set revoked_at = $3
from identity.subject s
where t.id = $1 and s.id = t.subject_id and t.revoked_at is null and ($2::text is null or t.subject_id = $2)
returning s.name as subject, t.label
