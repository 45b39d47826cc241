select distinct e.asset_id::text as to_key, t.source_id as to_source, e.column_name as to_column, e.from_id::text as from_key,
  f.source_id as from_source, e.from_column
from observe.column_edge e
join observe.asset ta on ta.id = e.asset_id and ta.removed_at is null
left join observe.asset_source t on t.asset_id = e.asset_id
left join observe.asset_source f on f.asset_id = e.from_id
order by 1, 3, 4, 6
