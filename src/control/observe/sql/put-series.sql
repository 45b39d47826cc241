insert into observe.series as s (plane, series, asset_id, column_name, metric, custom_name, category, origin, monitor,
  bucket_seconds, time_zone, direction, severity, owners, tags, told_at)
select distinct on (x.series) $1, x.series, x.asset_id, x.column_name, x.metric, x.custom_name, x.category, x.origin, x.monitor,
  x.bucket_seconds, x.time_zone, x.direction, x.severity,
  array(select jsonb_array_elements_text(x.owners)), array(select jsonb_array_elements_text(x.tags)), $3
from jsonb_to_recordset($2::jsonb) as x(series text, asset_id bigint, column_name text, metric text, custom_name text,
  category jsonb, origin text, monitor text, bucket_seconds integer, time_zone text, direction text, severity text,
  owners jsonb, tags jsonb)
order by x.series
on conflict (plane, series) do update set asset_id = excluded.asset_id, monitor = excluded.monitor,
  direction = excluded.direction, severity = excluded.severity, owners = excluded.owners, tags = excluded.tags,
  told_at = excluded.told_at
