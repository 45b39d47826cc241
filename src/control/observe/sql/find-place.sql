select coalesce(y.name, $2) as system_name, s.id as source_id,
  array(select o.name from catalog.owner w join identity.subject o on o.id = w.subject_id
    where w.source_id = s.id order by o.name) as owners,
  array(select distinct t.tag from catalog.tagging t where t.source_id = s.id order by t.tag) as tags
from (select 1) as one
left join catalog.system y on y.plane = $1 and y.id = $2
left join catalog.source s on s.plane = $1 and s.system_id = $2 and s.schema = $3 and s.name = $4
