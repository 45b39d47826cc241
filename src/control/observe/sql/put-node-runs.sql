insert into observe.node_run (plane, run, node, warehouse, status, fault, completed_at, execution_ms, rows_affected,
  bytes_processed, told_at)
select distinct on (x.run, x.node) $1, x.run, x.node, $2, x.status, x.fault, x.completed_at, x.execution_ms, x.rows_affected,
  x.bytes_processed, $4
from jsonb_to_recordset($3::jsonb) as x(run text, node text, status text, fault text, completed_at timestamptz,
  execution_ms bigint, rows_affected bigint, bytes_processed bigint)
on conflict (plane, run, node) do update set status = excluded.status, fault = excluded.fault,
  completed_at = excluded.completed_at, execution_ms = excluded.execution_ms, rows_affected = excluded.rows_affected,
  bytes_processed = excluded.bytes_processed
