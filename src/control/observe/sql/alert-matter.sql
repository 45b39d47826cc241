select i.asset_id::text as asset_id, i.severity,
  array(select distinct s.kind from observe.signal s where s.asset_id = i.asset_id and s.state = 'failing') as kinds,
  array(select distinct s.check_name from observe.signal s where s.asset_id = i.asset_id and s.state = 'failing') as checks,
  array(select distinct o from observe.signal s cross join unnest(s.owners) as o where s.asset_id = i.asset_id) as owners,
  array(select distinct t from observe.signal s cross join unnest(s.tags) as t where s.asset_id = i.asset_id) as tags
from observe.incident i
where i.id = $1
