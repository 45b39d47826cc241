select x.id, x.kind as session_kind, x.seen_at, x.expires_at, s.id as subject_id, s.name, s.kind, s.password_temporary,
  array(select p.permission from identity.permission_grant p where p.subject_id = s.id order by p.permission) as permissions
from identity.session x join identity.subject s on s.id = x.subject_id
where x.sha256 = $1 and x.expires_at > $2 and s.state = 'active'
