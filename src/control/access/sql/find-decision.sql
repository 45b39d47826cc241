select d.id, d.plane, d.project_id, d.purpose, d.first_at, d.decision,
  d.subject_id, coalesce(s.name, d.subject_id) as subject_name,
  d.source_id, coalesce(y.name || '.' || c.schema || '.' || c.name, d.source_id) as source_name
from access.decision d
left join identity.subject s on s.id = d.subject_id
left join catalog.source c on c.id = d.source_id
left join catalog.system y on y.plane = c.plane and y.id = c.system_id
where d.id = $1
