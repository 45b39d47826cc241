with wanted as (
  select x.database, x.schema, x.name from jsonb_to_recordset($3::jsonb) as x(database text, schema text, name text)
), made as (
  insert into observe.asset (plane, warehouse, database_name, schema_name, table_name)
  select $1, $2, database, schema, name from wanted order by database, schema, name
  on conflict (plane, warehouse, database_name, schema_name, table_name) do update set removed_at = null
    where asset.removed_at is not null
  returning id, database_name, schema_name, table_name
)
select id::text as id, database_name as database, schema_name as schema, table_name as name from made
union
select a.id::text, a.database_name, a.schema_name, a.table_name
from observe.asset a join wanted w on a.database_name = w.database and a.schema_name = w.schema and a.table_name = w.name
where a.plane = $1 and a.warehouse = $2
