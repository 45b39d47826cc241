### statistics
select * from pg_stats
=> answer

### statistics of a table
select histogram_bounds, most_common_vals from pg_stats where tablename = 'customers'
=> answer

### raw statistics
select stavalues1 from pg_statistic
=> refused 42P01

### extended statistics
select * from pg_stats_ext
=> answer

### expression statistics
select * from pg_stats_ext_exprs
=> answer

### statistic data
select * from pg_statistic_ext_data
=> refused 42P01

### activity
select query from pg_stat_activity
=> answer

### statement statistics
select query from pg_stat_statements
=> refused 42P01

### user tables
select relname, n_live_tup from pg_stat_user_tables
=> answer

### all tables
select relname, n_live_tup from pg_stat_all_tables where schemaname in ('shop', 'secret')
=> answer

### io statistics
select relname, heap_blks_read from pg_statio_user_tables
=> answer

### reltuples
select relname, reltuples, relpages from pg_class where relname in ('customers', 'payroll')
=> answer
customers|-1|0

### visible relations
select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('shop', 'secret') order by 1
=> answer
claims
claims_pkey
customers
customers_pkey
customers_ssn_key
events
events_2025
events_2026
lookup
lookup_pkey
orders
orders_customer
orders_pkey

### visible schemas
select nspname from pg_namespace where nspname in ('shop', 'secret', 'privet_policy') order by 1
=> answer
shop

### visible columns
select attname from pg_attribute where attrelid = 'shop.customers'::regclass and attnum > 0 order by attnum
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

### secret by regclass
select 'secret.payroll'::regclass
=> refused 42P01

### secret by to_regclass
select to_regclass('secret.payroll')
=> answer
\N

### secret columns
select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid where c.relname = 'payroll'
=> answer

### column defaults
select count(*) from pg_attrdef
=> answer
0

### constraints
select conname from pg_constraint c join pg_namespace n on n.oid = c.connamespace where n.nspname in ('shop', 'secret') order by 1
=> answer
claims_pkey
customers_pkey
customers_ssn_key
lookup_pkey
orders_customer_id_fkey
orders_pkey

### descriptions
select description from pg_description where objoid = 'shop.customers'::regclass order by objsubid
=> answer
people who buy
national id

### functions of the database
select proname, prosrc from pg_proc where proname in ('peek', 'loud', 'all_customers')
=> answer

### function sources
select prosrc from pg_proc where prosrc like '%customers%'
=> answer

### triggers
select * from pg_trigger
=> answer

### policies
select * from pg_policies
=> answer

### policy catalog
select * from pg_policy
=> answer

### roles
select rolname from pg_roles where rolname not like 'pg\_%' order by 1
=> answer
mallory

### passwords
select * from pg_authid
=> refused 42P01

### shadow
select passwd from pg_shadow
=> refused 42P01

### users
select usename from pg_user order by 1
=> answer
mallory

### database list
select datname from pg_database
=> answer
shopdb

### settings
select name from pg_settings where name in ('data_directory', 'hba_file', 'config_file')
=> answer

### file settings
select * from pg_file_settings
=> refused 42P01

### hba
select * from pg_hba_file_rules
=> refused 42P01

### cursors
begin
--- then
declare c cursor for select name from shop.customers
--- then
select statement from pg_cursors
=> answer

### prepared statements
prepare p as select name from shop.customers
--- then
select statement from pg_prepared_statements
=> answer

### locks
select relation from pg_locks
=> answer

### large objects
select * from pg_largeobject
=> refused 42P01

### large object metadata
select * from pg_largeobject_metadata
=> refused 42P01

### dependencies
select count(*) from pg_depend where refobjid = 'secret.payroll'::regclass
=> refused 42P01

### foreign servers
select srvoptions from pg_foreign_server
=> answer

### user mappings
select umoptions from pg_user_mappings
=> refused 42P01

### subscriptions
select subconninfo from pg_subscription
=> refused 42703

### publications
select * from pg_publication_tables
=> answer

### sequences
select last_value from pg_sequences
=> answer

### indexes
select indexdef from pg_indexes where schemaname = 'secret'
=> answer

### materialized views
select matviewname, definition from pg_matviews
=> answer

### tables
select schemaname, tablename from pg_tables where schemaname in ('shop', 'secret') order by 2
=> answer
shop|claims
shop|customers
shop|events
shop|events_2025
shop|events_2026
shop|lookup
shop|orders

### types of the database
select typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where nspname in ('shop', 'secret') order by 1
=> answer
_claims
_customers
_email
_events
_events_2025
_events_2026
_lookup
_orders
_tier
claims
customers
email
events
events_2025
events_2026
lookup
orders
tier

### enum labels
select enumlabel from pg_enum order by enumsortorder
=> answer
gold
silver
bronze

### partitions
select inhrelid from pg_inherits where inhparent = 'shop.people'::regclass
=> refused 42P01

### default acl
select * from pg_default_acl
=> answer

### security labels
select * from pg_seclabels
=> answer

### shared memory
select count(*) from pg_shmem_allocations
=> refused 42P01

### backend memory
select count(*) from pg_backend_memory_contexts
=> refused 42P01

### config
select * from pg_config
=> refused 42P01

### event triggers
select * from pg_event_trigger
=> answer

### catalog through a whole row
select c from pg_class c where relname = 'payroll'
=> answer

### catalog through row_to_json
select row_to_json(c) from pg_class c where relname = 'payroll'
=> answer

### catalog unqualified with a user table of its name
select count(*) from pg_catalog.pg_class where relname = 'payroll'
=> answer
0
