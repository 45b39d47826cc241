select concat_ws(' ', coalesce(job, project, warehouse), command) as name, origin, status,
  (extract(epoch from coalesce(started_at, told_at)) * 1000)::float8 as "startedAtMs",
  (extract(epoch from completed_at - started_at) * 1000)::float8 as "durationMs",
  jsonb_build_object('total', counts->'total', 'failed', counts->'failed', 'warned', counts->'warned') as counts
from observe.run
where told_at >= $1
order by coalesce(started_at, told_at) desc
limit $2
