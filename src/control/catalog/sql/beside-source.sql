select y.name || '.' || s.schema || '.' || s.name as full_name
from catalog.source s join catalog.system y on y.plane = s.plane and y.id = s.system_id
where s.state <> 'removed' and y.name = $1 and s.schema = $2
order by 1
limit 1000
