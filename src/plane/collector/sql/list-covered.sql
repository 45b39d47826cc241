select table_schema, table_name, digest from collector.covered where warehouse = $1
