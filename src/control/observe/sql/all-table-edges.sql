select distinct e.asset_id::text as to_id, concat_ws('.', t.warehouse, nullif(t.schema_name, ''), t.table_name) as to_name,
  e.from_id::text as from_id, concat_ws('.', f.warehouse, nullif(f.schema_name, ''), f.table_name) as from_name
from observe.table_edge e
join observe.asset t on t.id = e.asset_id and t.removed_at is null
join observe.asset f on f.id = e.from_id and f.removed_at is null
where e.asset_id <> e.from_id
