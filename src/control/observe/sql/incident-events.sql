select e.at, e.kind, e.actor, e.note, s.check_name
from observe.incident_event e
join observe.incident i on i.id = e.incident_id
join observe.asset a on a.id = i.asset_id
left join observe.signal s on s.plane = a.plane and s.key = e.signal_key
where e.incident_id = $1
order by e.number
