insert into observe.usage_day as u (day, plane, source_id, subject_id, statements, refused, rows, duration_micros, last_at)
select ($1::timestamptz at time zone 'UTC')::date, $2, s, $3, 1, $5, $6, $7, $1 from unnest($4::text[]) as s order by s
on conflict (day, plane, source_id, subject_id) do update set statements = u.statements + 1, refused = u.refused + excluded.refused,
  rows = u.rows + excluded.rows, duration_micros = u.duration_micros + excluded.duration_micros,
  last_at = greatest(u.last_at, excluded.last_at)
