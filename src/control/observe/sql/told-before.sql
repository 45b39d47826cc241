select i.state, exists (select from observe.alert a where a.incident_id = i.id and a.channel_id = $2 and a.state in ('sent', 'failed'))
  as told
from observe.incident i
where i.id = $1
