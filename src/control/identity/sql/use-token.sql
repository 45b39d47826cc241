select t.id, t.last_used_at, s.id as subject_id, s.name, s.kind, s.state,
  array(select p.permission from identity.permission_grant p where p.subject_id = s.id order by p.permission) as permissions
from identity.token t join identity.subject s on s.id = t.subject_id
where t.sha256 = $1 and t.revoked_at is null and t.expires_at > $2 and s.state = 'active'
