select concat_ws('.', a.warehouse, nullif(a.schema_name, ''), a.table_name) as place, nullif(c.column_name, '') as column, c.what,
  c.before, c.after, (extract(epoch from c.at) * 1000)::float8 as "atMs"
from observe.schema_change c join observe.asset a on a.id = c.asset_id
where c.at >= $1 and c.against = 'last'
order by c.at desc, place, 2
limit $2
