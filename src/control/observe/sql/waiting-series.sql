select id::text as id, plane, series, asset_id::text as asset_id, column_name, metric, custom_name, bucket_seconds, time_zone,
  direction, severity, owners, tags, waiting_from, version::text as version, settings
from observe.series
where waiting_from is not null and id > $1::bigint
order by id
limit $2
