select t.id, t.label, t.created_at, t.expires_at, t.revoked_at, t.last_used_at, s.name as subject
from identity.token t join identity.subject s on s.id = t.subject_id
where t.subject_id = $1
order by t.created_at desc, t.id
