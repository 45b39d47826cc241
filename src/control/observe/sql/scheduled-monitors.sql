-- Monitors that should run by themselves, or that are said to be silent; with what was heard of them, by the plane's clock.
select m.plane, m.warehouse, m.name, m.asset_id::text as asset_id, m.state, m.schedule, m.severity, m.owners, m.tags,
  m.active_since, p.since, p.through, w.state as warehouse_state, w.at as warehouse_since,
  r.started_at, coalesce(r.longest_seconds, 0)::float8 as longest_seconds,
  k.key, exists (select from observe.signal s where s.plane = m.plane and s.key = k.key and s.state = 'failing') as failing
from observe.monitor m
cross join lateral (select 'monitor:' || m.warehouse || '/' || m.name as key) k
join observe.presence p on p.plane = m.plane
left join observe.warehouse w on w.plane = m.plane and w.name = m.warehouse
left join lateral (
  select max(started_at) as started_at, max(extract(epoch from completed_at - started_at)) as longest_seconds
  from (select started_at, completed_at from observe.run r
    where r.plane = m.plane and r.warehouse = m.warehouse and r.origin = 'monitor' and r.project = m.name
    order by r.told_at desc limit 20) as recent
) r on true
where m.asset_id is not null
order by m.plane, m.warehouse, m.name
