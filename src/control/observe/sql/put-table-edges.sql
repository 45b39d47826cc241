insert into observe.table_edge (asset_id, origin, from_id)
select x."to", $1, x."from" from jsonb_to_recordset($2::jsonb) as x("to" bigint, "from" bigint)
on conflict do nothing
