select t.name, concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) as place,
  nullif(t.column_name, '') as column, t.dimension, t.severity, t.status,
  (extract(epoch from t.at) * 1000)::float8 as "atMs", r.failures::float8 as failures,
  array(select x.status from (select status, at from observe.test_result h where h.plane = t.plane and h.test = t.test
    order by at desc limit 24) as x order by x.at) as history
from observe.test t
join observe.asset a on a.id = t.asset_id
left join lateral (select failures from observe.test_result h where h.plane = t.plane and h.test = t.test
  order by at desc limit 1) as r on true
where t.removed_at is null and t.status in ('warn', 'fail', 'error') and t.at >= $1
order by array_position(array['error', 'fail', 'warn'], t.status),
  array_position(array['critical', 'high', 'normal', 'low'], t.severity), place, t.name
limit $2
