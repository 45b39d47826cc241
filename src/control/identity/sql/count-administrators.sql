select count(*)::int as administrators
from identity.subject s join identity.permission_grant p on p.subject_id = s.id
where p.permission = 'user-admin' and s.state = 'active' and s.kind = 'person' and s.id <> $1
