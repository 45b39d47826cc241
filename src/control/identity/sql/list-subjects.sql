select s.id, s.name, s.kind, s.display_name, s.state, s.created_at, s.created_by, s.password_temporary,
  s.password_hash is not null as has_password,
  array(select t.name from identity.membership m join identity.team t on t.id = m.team_id
    where m.subject_id = s.id order by t.name) as groups,
  array(select p.permission from identity.permission_grant p where p.subject_id = s.id order by p.permission) as permissions,
  coalesce((select jsonb_object_agg(a.key, a.held) from (
    select key, jsonb_agg(value order by value) as held from identity.attribute where subject_id = s.id group by key
  ) a), '{}') as attributes
from identity.subject s
where ($1::text is null or s.kind = $1)
  and ($2::text is null or s.name > $2)
  and ($3::text is null or s.name = $3 or s.id = $3)
order by s.name
limit $4
