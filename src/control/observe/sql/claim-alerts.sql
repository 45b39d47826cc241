with due as (
  select a.id from observe.alert a join observe.channel c on c.id = a.channel_id and c.state = 'active'
  where a.state = 'waiting' and a.due_at <= $1
    and not exists (select from observe.alert b where b.incident_id = a.incident_id and b.channel_id = a.channel_id
      and b.state = 'waiting' and b.number < a.number)
  order by a.due_at, a.number
  limit $3
  for update of a skip locked
)
update observe.alert a set due_at = $2, attempts = a.attempts + 1
from due, observe.channel c
where a.id = due.id and c.id = a.channel_id
returning a.id, a.incident_id, a.channel_id, a.event, a.actor, a.content, a.attempts, c.settings
