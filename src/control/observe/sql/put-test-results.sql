insert into observe.test_result (plane, result, test, at, status, fault, failures, rows, duration_ms, samples, run)
select $1, x.result, x.test, x.at, x.status, x.fault, x.failures, x.rows, x.duration_ms, x.samples, x.run
from jsonb_to_recordset($2::jsonb) as x(result text, test text, at timestamptz, status text, fault text, failures bigint,
  rows bigint, duration_ms bigint, samples integer, run text)
on conflict do nothing
