select s.id::text as id, concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) as place,
  s.column_name, s.metric, s.custom_name,
  array(select jsonb_array_elements_text(coalesce(s.category->'columns', '[]'))) as category_of,
  s.origin, s.bucket_seconds, s.time_zone, s.direction, s.severity, s.verdict, s.settings,
  (select count(*)::int from observe.point p where p.series_id = s.id) as points, n.at as last_at, n.value as last_value,
  exists (select from observe.signal g where g.plane = s.plane and g.key = 'series:' || s.series and g.state = 'failing') as failing
from observe.series s
join observe.asset a on a.id = s.asset_id and a.removed_at is null
left join observe.asset_source l on l.asset_id = a.id
left join lateral (select at, value from observe.point p where p.series_id = s.id order by at desc limit 1) as n on true
where ($1::bigint is null or s.id = $1)
  and ($2::text is null or l.source_id = $2
    or concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) = $2)
  and ($3::text is null or s.metric = $3 or s.custom_name = $3)
  and ($4::boolean is null or $4 = exists (select from observe.signal g
    where g.plane = s.plane and g.key = 'series:' || s.series and g.state = 'failing'))
  and s.id > $5
order by s.id
limit $6
