select s.id, y.name || '.' || s.schema || '.' || s.name as full_name
from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id
where (s.id = $1 or y.name || '.' || s.schema || '.' || s.name = $1) and s.state <> 'removed'
limit 2
