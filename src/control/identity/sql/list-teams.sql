select t.name, t.description, t.created_at,
  array(select s.name from identity.membership m join identity.subject s on s.id = m.subject_id
    where m.team_id = t.id order by s.name) as members
from identity.team t
where ($1::text is null or t.name = $1)
order by t.name
