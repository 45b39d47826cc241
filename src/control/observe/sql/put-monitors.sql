insert into observe.monitor as m (plane, warehouse, name, asset_id, state, schedule, checks, metrics, tests, active_since,
  severity, owners, tags)
select $1, $2, x.name, x.asset_id, x.state, x.schedule, x.checks, x.metrics, array(select jsonb_array_elements_text(x.tests)),
  $4, x.severity, array(select jsonb_array_elements_text(x.owners)), array(select jsonb_array_elements_text(x.tags))
from jsonb_to_recordset($3::jsonb) as x(name text, asset_id bigint, state text, schedule text, checks integer,
  metrics integer, tests jsonb, severity text, owners jsonb, tags jsonb)
on conflict (plane, warehouse, name) do update set asset_id = excluded.asset_id, state = excluded.state,
  schedule = excluded.schedule, checks = excluded.checks, metrics = excluded.metrics,
  tests_before = m.tests, tests = excluded.tests, severity = excluded.severity, owners = excluded.owners,
  tags = excluded.tags,
  active_since = case when m.state = 'active' and m.schedule is not distinct from excluded.schedule
    then m.active_since else excluded.active_since end
