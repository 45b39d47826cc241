insert into observe.monitor (plane, warehouse, name, asset_id, state, schedule, checks, metrics, tests)
select $1, $2, x.name, x.asset_id, x.state, x.schedule, x.checks, x.metrics, array(select jsonb_array_elements_text(x.tests))
from jsonb_to_recordset($3::jsonb) as x(name text, asset_id bigint, state text, schedule text, checks integer,
  metrics integer, tests jsonb)
on conflict (plane, warehouse, name) do update set asset_id = excluded.asset_id, state = excluded.state,
  schedule = excluded.schedule, checks = excluded.checks, metrics = excluded.metrics,
  tests_before = observe.monitor.tests, tests = excluded.tests
