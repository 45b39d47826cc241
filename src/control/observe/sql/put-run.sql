insert into observe.run as r (plane, run, warehouse, origin, command, status, fault, project, job, started_at, completed_at,
  told_at, counts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (plane, run) do update set status = excluded.status, fault = excluded.fault, started_at = excluded.started_at,
  completed_at = excluded.completed_at, counts = excluded.counts
where r.status in ('running', 'unknown') or excluded.status not in ('running', 'unknown')
