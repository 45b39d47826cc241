with near as (
  select e.column_name as column, concat_ws('.', f.warehouse, nullif(f.schema_name, ''), f.table_name, e.from_column) as other, true as upstream
  from observe.column_edge e join observe.asset f on f.id = e.from_id where e.asset_id = $1
  union
  select e.from_column, concat_ws('.', t.warehouse, nullif(t.schema_name, ''), t.table_name, e.column_name), false
  from observe.column_edge e join observe.asset t on t.id = e.asset_id where e.from_id = $1
)
select "column", coalesce(array_agg(other order by other) filter (where upstream), '{}') as "from",
  coalesce(array_agg(other order by other) filter (where not upstream), '{}') as "into"
from near group by "column" order by "column"
