### security definer function
select shop.peek(1)
=> ?

### security definer set
select * from shop.all_customers()
=> ?

### function by search path
set search_path = shop
--- then
select peek(1)
=> ?

### function of unknown schema
select nowhere.peek(1)
=> ?

### user operator
select 'a' operator(shop.###) 'a'
=> ?

### user operator on name
select id from shop.customers where name operator(shop.###) 'CANARY-name-1'
=> ?

### user aggregate
select shop.gather(name) from shop.customers
=> ?

### query_to_xml
select query_to_xml('select * from secret.payroll', true, false, '')
=> ?

### query_to_xml of own table
select query_to_xml('select * from shop.customers', true, false, '')
=> ?

### table_to_xml
select table_to_xml('shop.customers', true, false, '')
=> ?

### schema_to_xml
select schema_to_xml('shop', true, false, '')
=> ?

### database_to_xml
select database_to_xml(true, false, '')
=> ?

### cursor_to_xml
select cursor_to_xml('c', 1, true, false, '')
=> ?

### query_to_xmlschema
select query_to_xmlschema('select * from shop.customers', true, false, '')
=> ?

### ts_stat
select * from ts_stat('select to_tsvector(name) from shop.customers')
=> ?

### ts_rewrite
select ts_rewrite('a'::tsquery, 'select name::tsquery, name::tsquery from shop.customers')
=> ?

### qualified dangerous function
select pg_catalog.query_to_xml('select 1', true, false, '')
=> ?

### quoted dangerous function
select "query_to_xml"('select 1', true, false, '')
=> ?

### upper case dangerous function
select QUERY_TO_XML('select 1', true, false, '')
=> ?

### dangerous function in from
select * from query_to_xml('select 1', true, false, '') x
=> ?

### dangerous function in a join condition
select 1 from shop.lookup a join shop.lookup b on pg_read_file('/etc/passwd') is null
=> ?

### dangerous function in limit
select 1 limit length(pg_read_file('/etc/passwd'))
=> ?

### dangerous function in values
values (pg_read_file('/etc/passwd'))
=> ?

### dangerous function in rows from
select * from rows from (pg_ls_dir('/'))
=> ?

### pg_read_file
select pg_read_file('/etc/passwd')
=> ?

### pg_read_binary_file
select pg_read_binary_file('/etc/passwd')
=> ?

### pg_ls_dir
select pg_ls_dir('/')
=> ?

### pg_stat_file
select pg_stat_file('/etc/passwd')
=> ?

### lo_import
select lo_import('/etc/passwd')
=> ?

### lo_get
select lo_get(1)
=> ?

### lo_creat
select lo_creat(-1)
=> ?

### dblink
select * from dblink('dbname=x', 'select 1') t (a int)
=> ?

### pg_sleep
select pg_sleep(10)
=> ?

### pg_sleep in a case
select case when count(*) = 6 then pg_sleep(1) end from shop.customers
=> ?

### pg_sleep_for
select pg_sleep_for('1 second')
=> ?

### pg_terminate_backend
select pg_terminate_backend(1)
=> ?

### pg_cancel_backend
select pg_cancel_backend(1)
=> ?

### pg_reload_conf
select pg_reload_conf()
=> ?

### advisory lock
select pg_advisory_lock(1)
=> ?

### try advisory lock
select pg_try_advisory_xact_lock(1)
=> ?

### nextval
select nextval('shop.counter')
=> ?

### currval
select currval('shop.counter')
=> ?

### setval
select setval('shop.counter', 1)
=> ?

### pg_sequence_last_value
select pg_sequence_last_value('shop.counter'::regclass)
=> ?

### pg_relation_size
select pg_relation_size('secret.payroll')
=> ?

### pg_table_size
select pg_total_relation_size('shop.customers')
=> ?

### pg_export_snapshot
select pg_export_snapshot()
=> ?

### txid_current
select txid_current()
=> ?

### logical slot
select pg_create_logical_replication_slot('x', 'test_decoding')
=> ?

### pg_notify
select pg_notify('c', 'x')
=> ?

### set_config role
select set_config('role', 'postgres', false)
=> ?

### set_config row_security
select set_config('row_security', 'off', false)
=> ?

### current_setting of a secret
select current_setting('data_directory')
=> ?

### current_setting of the port
select current_setting('listen_addresses')
=> ?

### pg_get_functiondef
select pg_get_functiondef('shop.peek(int)'::regprocedure)
=> ?

### pg_get_expr
select pg_get_expr(adbin, adrelid) from pg_attrdef
=> ?

### pg_get_constraintdef of the secret
select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'secret.payroll'::regclass
=> ?

### pg_get_indexdef
select pg_get_indexdef('secret.payroll_pkey'::regclass)
=> ?

### pg_describe_object
select pg_describe_object('pg_class'::regclass, 'secret.payroll'::regclass, 0)
=> ?

### pg_identify_object
select * from pg_identify_object('pg_class'::regclass, 'secret.payroll'::regclass, 0)
=> ?

### col_description
select col_description('shop.customers'::regclass, 6)
=> ?

### has_table_privilege of the secret
select has_table_privilege('secret.payroll', 'select')
=> ?

### has_column_privilege
select has_column_privilege('shop.customers', 'profile', 'select')
=> ?

### row_security_active
select row_security_active('shop.customers')
=> ?

### json_populate_record
select (json_populate_record(null::shop.customers, '{"id":1}')).id
=> ?

### jsonb_populate_recordset
select * from jsonb_populate_recordset(null::shop.customers, '[{"id":1}]')
=> ?

### jsonb_to_record
select * from jsonb_to_record('{"a":1}') as x (a int)
=> ?

### brin summarise
select brin_summarize_new_values('shop.orders_customer')
=> ?

### gin pending
select gin_clean_pending_list('shop.orders_customer')
=> ?

### pg_column_size of name
select pg_column_size(name) from shop.customers order by id
=> ?

### pg_typeof
select distinct pg_typeof(name) from shop.customers
=> ?

### stat reset
select pg_stat_reset()
=> ?

### stat functions
select pg_stat_get_live_tuples('shop.customers'::regclass)
=> ?

### backup
select pg_backup_start('x')
=> ?

### wal
select pg_current_wal_lsn()
=> ?

### hba rules
select * from pg_hba_file_rules()
=> ?

### extension install
create extension dblink
=> ?

### amcheck
select bt_index_check('shop.orders_customer'::regclass)
=> ?

### pageinspect
select get_raw_page('shop.customers', 0)
=> ?

### xpath_table
select * from xpath_table('id', 'name', 'shop.customers', '/', 'true') as t (id int)
=> ?

### crosstab
select * from crosstab('select name, region, salary::text from shop.customers') as ct (a text, b text)
=> ?

### connectby
select * from connectby('shop.customers', 'id', 'id', '1', 0) as t (k int, p int, l int)
=> ?

### plan cache function
select pg_prepared_statement()
=> ?

### random is fine
select random() between 0 and 1
=> ?
