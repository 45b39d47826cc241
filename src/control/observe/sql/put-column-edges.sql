insert into observe.column_edge (asset_id, origin, column_name, from_id, from_column)
select x."to", $1, x."column", x."from", x.from_column
from jsonb_to_recordset($2::jsonb) as x("to" bigint, "column" text, "from" bigint, from_column text)
on conflict do nothing
