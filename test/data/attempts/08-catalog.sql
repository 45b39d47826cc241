### statistics
select * from pg_stats
=> ?

### statistics of a table
select histogram_bounds, most_common_vals from pg_stats where tablename = 'customers'
=> ?

### raw statistics
select stavalues1 from pg_statistic
=> ?

### extended statistics
select * from pg_stats_ext
=> ?

### expression statistics
select * from pg_stats_ext_exprs
=> ?

### statistic data
select * from pg_statistic_ext_data
=> ?

### activity
select query from pg_stat_activity
=> ?

### statement statistics
select query from pg_stat_statements
=> ?

### user tables
select relname, n_live_tup from pg_stat_user_tables
=> ?

### all tables
select relname, n_live_tup from pg_stat_all_tables where schemaname in ('shop', 'secret')
=> ?

### io statistics
select relname, heap_blks_read from pg_statio_user_tables
=> ?

### reltuples
select relname, reltuples, relpages from pg_class where relname in ('customers', 'payroll')
=> ?

### visible relations
select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('shop', 'secret') order by 1
=> ?

### visible schemas
select nspname from pg_namespace where nspname in ('shop', 'secret', 'privet_policy') order by 1
=> ?

### visible columns
select attname from pg_attribute where attrelid = 'shop.customers'::regclass and attnum > 0 order by attnum
=> ?

### secret by regclass
select 'secret.payroll'::regclass
=> ?

### secret by to_regclass
select to_regclass('secret.payroll')
=> ?

### secret columns
select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relname = 'payroll'
=> ?

### column defaults
select count(*) from pg_attrdef
=> ?

### constraints
select conname from pg_constraint c join pg_namespace n on n.oid = c.connamespace where n.nspname in ('shop', 'secret') order by 1
=> ?

### descriptions
select description from pg_description where objoid = 'shop.customers'::regclass order by objsubid
=> ?

### functions of the database
select proname, prosrc from pg_proc where proname in ('peek', 'loud', 'all_customers')
=> ?

### function sources
select prosrc from pg_proc where prosrc like '%customers%'
=> ?

### triggers
select * from pg_trigger
=> ?

### policies
select * from pg_policies
=> ?

### policy catalog
select * from pg_policy
=> ?

### roles
select rolname from pg_roles where rolname not like 'pg\_%' order by 1
=> ?

### passwords
select * from pg_authid
=> ?

### shadow
select passwd from pg_shadow
=> ?

### users
select usename from pg_user order by 1
=> ?

### database list
select datname from pg_database
=> ?

### settings
select name from pg_settings where name in ('data_directory', 'hba_file', 'config_file')
=> ?

### file settings
select * from pg_file_settings
=> ?

### hba
select * from pg_hba_file_rules
=> ?

### cursors
begin
--- then
declare c cursor for select name from shop.customers
--- then
select statement from pg_cursors
=> ?

### prepared statements
prepare p as select name from shop.customers
--- then
select statement from pg_prepared_statements
=> ?

### locks
select relation from pg_locks
=> ?

### large objects
select * from pg_largeobject
=> ?

### large object metadata
select * from pg_largeobject_metadata
=> ?

### dependencies
select count(*) from pg_depend where refobjid = 'secret.payroll'::regclass
=> ?

### foreign servers
select srvoptions from pg_foreign_server
=> ?

### user mappings
select umoptions from pg_user_mappings
=> ?

### subscriptions
select subconninfo from pg_subscription
=> ?

### publications
select * from pg_publication_tables
=> ?

### sequences
select last_value from pg_sequences
=> ?

### indexes
select indexdef from pg_indexes where schemaname = 'secret'
=> ?

### materialized views
select matviewname, definition from pg_matviews
=> ?

### tables
select schemaname, tablename from pg_tables where schemaname in ('shop', 'secret') order by 2
=> ?

### types of the database
select typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where nspname in ('shop', 'secret') order by 1
=> ?

### enum labels
select enumlabel from pg_enum order by enumsortorder
=> ?

### partitions
select inhrelid from pg_inherits where inhparent = 'shop.people'::regclass
=> ?

### default acl
select * from pg_default_acl
=> ?

### security labels
select * from pg_seclabels
=> ?

### shared memory
select count(*) from pg_shmem_allocations
=> ?

### backend memory
select count(*) from pg_backend_memory_contexts
=> ?

### config
select * from pg_config
=> ?

### event triggers
select * from pg_event_trigger
=> ?

### catalog through a whole row
select c from pg_class c where relname = 'payroll'
=> ?

### catalog through row_to_json
select row_to_json(c) from pg_class c where relname = 'payroll'
=> ?

### catalog unqualified with a user table of its name
select count(*) from pg_catalog.pg_class where relname = 'payroll'
=> ?
