insert into observe.schema_change (plane, change, asset_id, column_name, what, before, after, against, at)
select $1, x.change, x.asset_id, x.column_name, x.what, x.before, x.after, x.against, x.at
from jsonb_to_recordset($2::jsonb) as x(change text, asset_id bigint, column_name text, what text, before text, after text,
  against text, at timestamptz)
on conflict do nothing
