select h.plane, h.component, y.name as system, h.state, h.code, h.at
from inbox.health h left join catalog.system y on y.plane = h.plane and y.id = h.system_id
where $1::text is null or h.plane = $1
order by h.plane, h.component, y.name
