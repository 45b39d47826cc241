insert into observe.alert (id, incident_id, channel_id, event, rule_name, actor, state, created_at, due_at)
select $1, $2, c.id, $4, $5, $6, 'waiting', $7, $8
from observe.channel c
where c.name = $3 and c.state = 'active'
