select coalesce(y.name || '.' || s.schema || '.' || s.name, u.source_id) as source, sum(u.statements)::float8 as statements,
  sum(u.refused)::float8 as refused, count(distinct u.subject_id)::int as people, sum(u.rows)::float8 as rows,
  round(sum(u.duration_micros) / 1e6, 3)::float8 as seconds,
  to_char(max(u.last_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastAt"
from observe.usage_day u
left join catalog.source s on s.id = u.source_id
left join catalog.system y on y.plane = s.plane and y.id = s.system_id
where u.day >= ($1::timestamptz at time zone 'UTC')::date
group by 1
order by 2 desc, 1
limit $2
