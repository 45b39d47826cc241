select a.id, a.incident_id as incident, c.name as channel, a.event, a.rule_name as rule, a.state, a.created_at, a.due_at,
  a.sent_at, a.attempts, a.code
from observe.alert a join observe.channel c on c.id = a.channel_id
where ($1::text is null or c.name = $1) and ($2::text is null or a.incident_id = $2) and ($3::text is null or a.state = $3)
order by a.number desc
limit $4
