### tables
select table_schema, table_name from information_schema.tables where table_schema in ('shop', 'secret') order by 2
=> answer
shop|claims
shop|customers
shop|events
shop|events_2025
shop|events_2026
shop|lookup
shop|orders

### columns
select column_name from information_schema.columns where table_schema = 'shop' and table_name = 'customers' order by ordinal_position
=> answer
id
region
name
email
contact
ssn
card
salary
born
notes
tier
labels
credit
seen
code

### secret columns
select column_name from information_schema.columns where table_schema = 'secret'
=> answer

### column defaults
select column_default from information_schema.columns where table_schema = 'shop' and column_default is not null
=> answer

### views
select table_name, view_definition from information_schema.views where table_schema = 'shop'
=> answer

### routines
select routine_name, routine_definition from information_schema.routines where routine_schema = 'shop'
=> answer

### schemata
select schema_name from information_schema.schemata where schema_name in ('shop', 'secret') order by 1
=> answer
shop

### table privileges
select table_name from information_schema.table_privileges where table_schema = 'secret'
=> answer

### check constraints
select check_clause from information_schema.check_constraints where constraint_schema = 'shop'
=> answer

### key columns
select table_name, column_name from information_schema.key_column_usage where table_schema = 'secret'
=> answer

### view table usage
select * from information_schema.view_table_usage
=> answer

### triggers
select * from information_schema.triggers
=> answer

### sequences
select sequence_name from information_schema.sequences
=> answer

### element types
select * from information_schema.element_types where object_schema = 'secret'
=> answer

### user mappings
select * from information_schema.user_mapping_options
=> answer

### domains
select domain_name from information_schema.domains where domain_schema = 'secret'
=> answer

### internal expand function
select * from information_schema._pg_expandarray(array[1])
=> answer
1|1

### internal relation
select * from information_schema._pg_foreign_tables
=> answer
