insert into observe.health_day (day, asset_id, score)
select ($1::timestamptz at time zone 'UTC')::date, x.id::bigint, x.score
from jsonb_to_recordset($2::jsonb) as x(id text, score double precision)
where x.id ~ '^[0-9]+$'
on conflict (day, asset_id) do update set score = excluded.score
