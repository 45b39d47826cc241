select y.name || '.' || s.schema || '.' || s.name as full_name
from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id
where s.state <> 'removed' and (s.name = $2 or s.name ilike $1)
order by s.name <> $2, 1
limit 1
