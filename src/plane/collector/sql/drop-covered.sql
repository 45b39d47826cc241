delete from collector.covered c using unnest($2::text[], $3::text[]) as gone(table_schema, table_name)
where c.warehouse = $1 and c.table_schema = gone.table_schema and c.table_name = gone.table_name
