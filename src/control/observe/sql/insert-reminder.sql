insert into observe.alert (id, incident_id, channel_id, event, rule_name, state, created_at, due_at)
select $1, $2, c.id, 'reminder', $4, 'waiting', $5, $6
from observe.channel c
where c.name = $3 and c.state = 'active'
  and exists (select from observe.alert a where a.incident_id = $2 and a.channel_id = c.id and a.state = 'sent')
  and not exists (select from observe.alert a where a.incident_id = $2 and a.channel_id = c.id
    and (a.state = 'waiting' or a.created_at > $7))
