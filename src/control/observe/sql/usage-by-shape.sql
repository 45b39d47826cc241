select u.fingerprint,
  array(select distinct coalesce(y.name || '.' || s.schema || '.' || s.name, x) from unnest((array_agg(u.source_ids))[1:1]) as x
    left join catalog.source s on s.id = x left join catalog.system y on y.plane = s.plane and y.id = s.system_id order by 1) as sources,
  sum(u.statements)::float8 as statements, sum(u.rows)::float8 as rows,
  round(sum(u.duration_micros) / 1e6, 3)::float8 as seconds, round(max(u.slowest_micros) / 1e3, 1)::float8 as "slowestMs",
  to_char(max(u.last_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastAt"
from observe.usage_shape u
where u.day >= ($1::timestamptz at time zone 'UTC')::date
group by u.fingerprint
order by 5 desc, 1
limit $2
