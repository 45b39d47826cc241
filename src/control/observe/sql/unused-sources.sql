select y.name || '.' || s.schema || '.' || s.name as source,
  array(select o.name from catalog.owner w join identity.subject o on o.id = w.subject_id
    where w.source_id = s.id order by o.name) as owners,
  to_char(u.last_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastAt"
from catalog.source s
join catalog.system y on y.plane = s.plane and y.id = s.system_id and y.state = 'active'
left join lateral (select max(last_at) as last_at from observe.usage_day d where d.source_id = s.id) as u on true
where s.state = 'active' and s.first_seen_at < $1 and (u.last_at is null or u.last_at < $1)
order by u.last_at nulls first, 1
limit $2
