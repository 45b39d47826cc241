select t.asset_id::text as asset_id, t.dimension, null as metric, t.severity, t.status = 'pass' as ok
from observe.test t
where t.asset_id is not null and t.removed_at is null and t.status in ('pass', 'warn', 'fail', 'error')
union all
select s.asset_id::text, null, s.metric, s.severity,
  not exists (select from observe.signal g where g.plane = s.plane and g.key = 'series:' || s.series and g.state = 'failing')
from observe.series s
where s.verdict is not null
union all
select g.asset_id::text, g.dimension, null, g.severity, g.state = 'ok'
from observe.signal g
where starts_with(g.key, 'freshness:')
