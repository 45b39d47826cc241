select s.id::text as id
from observe.series s
join observe.asset a on a.id = s.asset_id and a.removed_at is null
left join lateral (select max(at) as at from observe.anomaly x where x.series_id = s.id) as x on true
where s.judged_at is not null
order by exists (select from observe.signal g where g.plane = s.plane and g.key = 'series:' || s.series and g.state = 'failing') desc,
  x.at desc nulls last, (s.metric in ('row_count', 'freshness')) desc, s.id
limit $1
