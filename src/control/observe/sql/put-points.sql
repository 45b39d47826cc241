with told as (
  select s.id, x.at, x.value, x.state, x.rows, x.measured_at
  from jsonb_to_recordset($2::jsonb) as x(series text, at timestamptz, value double precision, state text, rows bigint,
    measured_at timestamptz)
  join observe.series s on s.plane = $1 and s.series = x.series
), kept as (
  insert into observe.point as p (series_id, at, value, state, rows, measured_at)
  select id, at, value, state, rows, measured_at from told order by id, at
  on conflict (series_id, at) do update set value = excluded.value, state = excluded.state, rows = excluded.rows,
    measured_at = excluded.measured_at
    where p.measured_at < excluded.measured_at
  returning series_id, at
), earliest as (
  select series_id, min(at) as at from kept group by series_id
)
update observe.series s set waiting_from = least(s.waiting_from, e.at), version = s.version + 1
from earliest e
where s.id = e.series_id
