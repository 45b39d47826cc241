### tables
select table_schema, table_name from information_schema.tables where table_schema in ('shop', 'secret') order by 2
=> ?

### columns
select column_name from information_schema.columns where table_schema = 'shop' and table_name = 'customers' order by ordinal_position
=> ?

### secret columns
select column_name from information_schema.columns where table_schema = 'secret'
=> ?

### column defaults
select column_default from information_schema.columns where table_schema = 'shop' and column_default is not null
=> ?

### views
select table_name, view_definition from information_schema.views where table_schema = 'shop'
=> ?

### routines
select routine_name, routine_definition from information_schema.routines where routine_schema = 'shop'
=> ?

### schemata
select schema_name from information_schema.schemata where schema_name in ('shop', 'secret') order by 1
=> ?

### table privileges
select table_name from information_schema.table_privileges where table_schema = 'secret'
=> ?

### check constraints
select check_clause from information_schema.check_constraints where constraint_schema = 'shop'
=> ?

### key columns
select table_name, column_name from information_schema.key_column_usage where table_schema = 'secret'
=> ?

### view table usage
select * from information_schema.view_table_usage
=> ?

### triggers
select * from information_schema.triggers
=> ?

### sequences
select sequence_name from information_schema.sequences
=> ?

### element types
select * from information_schema.element_types where object_schema = 'secret'
=> ?

### user mappings
select * from information_schema.user_mapping_options
=> ?

### domains
select domain_name from information_schema.domains where domain_schema = 'secret'
=> ?

### internal expand function
select * from information_schema._pg_expandarray(array[1])
=> ?

### internal relation
select * from information_schema._pg_foreign_tables
=> ?
