select s.id, s.name, s.kind, s.display_name, s.state, s.password_hash, s.password_temporary
from identity.subject s
where s.name = $1 or s.id = $1
