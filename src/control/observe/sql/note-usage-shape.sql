insert into observe.usage_shape as u (day, plane, fingerprint, source_ids, statements, rows, duration_micros, slowest_micros, last_at)
values (($1::timestamptz at time zone 'UTC')::date, $2, $3, $4, 1, $5, $6, $6, $1)
on conflict (day, plane, fingerprint) do update set statements = u.statements + 1, rows = u.rows + excluded.rows,
  duration_micros = u.duration_micros + excluded.duration_micros,
  slowest_micros = greatest(u.slowest_micros, excluded.slowest_micros), last_at = greatest(u.last_at, excluded.last_at)
