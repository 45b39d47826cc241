### security definer function
select shop.peek(1)
=> refused 42883

### security definer set
select * from shop.all_customers()
=> refused 42883

### function by search path
set search_path = shop
--- then
select peek(1)
=> refused 42883

### function of unknown schema
select nowhere.peek(1)
=> refused 42883

### user operator
select 'a' operator(shop.###) 'a'
=> refused 42883

### user operator on name
select id from shop.customers where name operator(shop.###) 'CANARY-name-1'
=> refused 42883

### user aggregate
select shop.gather(name) from shop.customers
=> refused 42883

### query_to_xml
select query_to_xml('select * from secret.payroll', true, false, '')
=> refused 42883

### query_to_xml of own table
select query_to_xml('select * from shop.customers', true, false, '')
=> refused 42883

### table_to_xml
select table_to_xml('shop.customers', true, false, '')
=> refused 42883

### schema_to_xml
select schema_to_xml('shop', true, false, '')
=> refused 42883

### database_to_xml
select database_to_xml(true, false, '')
=> refused 42883

### cursor_to_xml
select cursor_to_xml('c', 1, true, false, '')
=> refused 42883

### query_to_xmlschema
select query_to_xmlschema('select * from shop.customers', true, false, '')
=> refused 42883

### ts_stat
select * from ts_stat('select to_tsvector(name) from shop.customers')
=> refused 42883

### ts_rewrite
select ts_rewrite('a'::tsquery, 'select name::tsquery, name::tsquery from shop.customers')
=> refused 42883

### qualified dangerous function
select pg_catalog.query_to_xml('select 1', true, false, '')
=> refused 42883

### quoted dangerous function
select "query_to_xml"('select 1', true, false, '')
=> refused 42883

### upper case dangerous function
select QUERY_TO_XML('select 1', true, false, '')
=> refused 42883

### dangerous function in from
select * from query_to_xml('select 1', true, false, '') x
=> refused 42883

### dangerous function in a join condition
select 1 from shop.lookup a join shop.lookup b on pg_read_file('/etc/passwd') is null
=> refused 42883

### dangerous function in limit
select 1 limit length(pg_read_file('/etc/passwd'))
=> refused 42883

### dangerous function in values
values (pg_read_file('/etc/passwd'))
=> refused 42883

### dangerous function in rows from
select * from rows from (pg_ls_dir('/'))
=> refused 0A000

### pg_read_file
select pg_read_file('/etc/passwd')
=> refused 42883

### pg_read_binary_file
select pg_read_binary_file('/etc/passwd')
=> refused 42883

### pg_ls_dir
select pg_ls_dir('/')
=> refused 42883

### pg_stat_file
select pg_stat_file('/etc/passwd')
=> refused 42883

### lo_import
select lo_import('/etc/passwd')
=> refused 42883

### lo_get
select lo_get(1)
=> refused 42883

### lo_creat
select lo_creat(-1)
=> refused 42883

### dblink
select * from dblink('dbname=x', 'select 1') t (a int)
=> refused 42883

### pg_sleep
select pg_sleep(10)
=> refused 42883

### pg_sleep in a case
select case when count(*) = 6 then pg_sleep(1) end from shop.customers
=> refused 42883

### pg_sleep_for
select pg_sleep_for('1 second')
=> refused 42883

### pg_terminate_backend
select pg_terminate_backend(1)
=> refused 42883

### pg_cancel_backend
select pg_cancel_backend(1)
=> refused 42883

### pg_reload_conf
select pg_reload_conf()
=> refused 42883

### advisory lock
select pg_advisory_lock(1)
=> refused 42883

### try advisory lock
select pg_try_advisory_xact_lock(1)
=> refused 42883

### nextval
select nextval('shop.counter')
=> refused 42883

### currval
select currval('shop.counter')
=> refused 42883

### setval
select setval('shop.counter', 1)
=> refused 42883

### pg_sequence_last_value
select pg_sequence_last_value('shop.counter'::regclass)
=> refused 42P01

### pg_relation_size
select pg_relation_size('secret.payroll')
=> answer
\N

### pg_table_size
select pg_total_relation_size('shop.customers')
=> answer
\N

### pg_export_snapshot
select pg_export_snapshot()
=> refused 42883

### txid_current
select txid_current()
=> refused 42883

### logical slot
select pg_create_logical_replication_slot('x', 'test_decoding')
=> refused 42883

### pg_notify
select pg_notify('c', 'x')
=> refused 42883

### set_config role
select set_config('role', 'postgres', false)
=> refused 42501

### set_config row_security
select set_config('row_security', 'off', false)
=> answer
off

### current_setting of a secret
select current_setting('data_directory')
=> refused 42704

### current_setting of the port
select current_setting('listen_addresses')
=> refused 42704

### pg_get_functiondef
select pg_get_functiondef('shop.peek(int)'::regprocedure)
=> refused 42501

### pg_get_expr
select pg_get_expr(adbin, adrelid) from pg_attrdef
=> answer

### pg_get_constraintdef of the secret
select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'secret.payroll'::regclass
=> refused 42P01

### pg_get_indexdef
select pg_get_indexdef('secret.payroll_pkey'::regclass)
=> refused 42P01

### pg_describe_object
select pg_describe_object('pg_class'::regclass, 'secret.payroll'::regclass, 0)
=> refused 42P01

### pg_identify_object
select * from pg_identify_object('pg_class'::regclass, 'secret.payroll'::regclass, 0)
=> refused 42P01

### col_description
select col_description('shop.customers'::regclass, 6)
=> answer
national id

### has_table_privilege of the secret
select has_table_privilege('secret.payroll', 'select')
=> answer
t

### has_column_privilege
select has_column_privilege('shop.customers', 'profile', 'select')
=> answer
t

### row_security_active
select row_security_active('shop.customers')
=> refused 42883

### json_populate_record
select (json_populate_record(null::shop.customers, '{"id":1}')).id
=> refused 42704

### jsonb_populate_recordset
select * from jsonb_populate_recordset(null::shop.customers, '[{"id":1}]')
=> refused 42704

### jsonb_to_record
select * from jsonb_to_record('{"a":1}') as x (a int)
=> answer
1

### brin summarise
select brin_summarize_new_values('shop.orders_customer')
=> refused 42883

### gin pending
select gin_clean_pending_list('shop.orders_customer')
=> refused 42883

### pg_column_size of name
select pg_column_size(name) from shop.customers order by id
=> answer
17
17
17
17
17
17

### pg_typeof
select distinct pg_typeof(name) from shop.customers
=> answer
text

### stat reset
select pg_stat_reset()
=> refused 42883

### stat functions
select pg_stat_get_live_tuples('shop.customers'::regclass)
=> refused 42883

### backup
select pg_backup_start('x')
=> refused 42883

### wal
select pg_current_wal_lsn()
=> refused 42883

### hba rules
select * from pg_hba_file_rules()
=> refused 42883

### extension install
create extension dblink
=> refused 25006

### amcheck
select bt_index_check('shop.orders_customer'::regclass)
=> refused 42P01

### pageinspect
select get_raw_page('shop.customers', 0)
=> refused 42883

### xpath_table
select * from xpath_table('id', 'name', 'shop.customers', '/', 'true') as t (id int)
=> refused 42883

### crosstab
select * from crosstab('select name, region, salary::text from shop.customers') as ct (a text, b text)
=> refused 42883

### connectby
select * from connectby('shop.customers', 'id', 'id', '1', 0) as t (k int, p int, l int)
=> refused 42883

### plan cache function
select pg_prepared_statement()
=> refused 42883

### random is fine
select random() between 0 and 1
=> answer
t
