select a.id::text as id, concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) as name
from observe.asset a left join observe.asset_source l on l.asset_id = a.id
where (concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) = $1 or l.source_id = $1)
  and a.removed_at is null
order by a.id
limit 1
