select s.id::text as id, s.plane, s.series, s.asset_id::text as asset_id, s.column_name, s.metric, s.custom_name,
  s.bucket_seconds, s.time_zone, s.direction, s.severity, s.owners, s.tags, s.waiting_from, s.version::text as version, s.settings
from observe.series s
where s.waiting_from is not null and s.id > $1::bigint
-- as a number: the column of the result is a text
order by s.id
limit $2
