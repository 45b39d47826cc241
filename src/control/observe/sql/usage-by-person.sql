select coalesce(p.name, u.subject_id) as subject, sum(u.statements)::float8 as statements, sum(u.refused)::float8 as refused,
  sum(u.rows)::float8 as rows, round(sum(u.duration_micros) / 1e6, 3)::float8 as seconds,
  to_char(max(u.last_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "lastAt"
from observe.usage_day u left join identity.subject p on p.id = u.subject_id
where u.source_id = $1 and u.day >= ($2::timestamptz at time zone 'UTC')::date
group by 1
order by 2 desc, 1
limit 1000
