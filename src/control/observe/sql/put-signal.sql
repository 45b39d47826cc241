with before as (select state from observe.signal where plane = $1 and key = $2)
insert into observe.signal as s (plane, key, kind, asset_id, column_name, check_name, dimension, severity, state, failures,
  owners, tags, since, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
on conflict (plane, key) do update set kind = excluded.kind, asset_id = excluded.asset_id, column_name = excluded.column_name,
  check_name = excluded.check_name, dimension = excluded.dimension, severity = excluded.severity, state = excluded.state,
  failures = excluded.failures, owners = excluded.owners, tags = excluded.tags, at = excluded.at,
  since = case when s.state = excluded.state then s.since else excluded.at end
where s.at < excluded.at
returning (select state from before) as before
