### value confirmed by the NULL marker of COPY
copy (select ssn from shop.claims order by id) to stdout (null '771-31-0005')
=> refused 42501

### value confirmed by the NULL marker of CSV, which quotes it
copy (select ssn from shop.claims order by id) to stdout (format csv, null '771-31-0005')
=> answer
"210-13-1070"
"659-21-2169"
"119-42-2225"
"981-54-8136"
"999-59-4445"
"574-27-5910"
"719-66-3300"
"980-28-1907"

### order of raw values by DISTINCT ON
select id, row_number() over () from (select distinct on (ssn) ssn, id from shop.claims) q
=> refused 42501

### order of raw values by PARTITION BY
select id, row_number() over () from (select id, count(*) over (partition by ssn) from shop.claims) q
=> refused 42501

### plan of a view over hidden tables
explain select * from shop.customer_names
=> refused 42P01

### plan of an open table, which is no view
explain (verbose) select * from shop.lookup
=> answer
Seq Scan on shop.lookup  (cost=0.00..1.02 rows=2 width=7)
  Output: lookup.code, lookup.label

### transaction made writable by a reset
reset transaction_read_only
=> refused 25006

### transaction made writable by its default
set transaction_read_only to default
=> refused 25006

### log messages with rewritten text
set client_min_messages = log
=> refused 22023

### hidden columns counted by pg_class
select relnatts from pg_class where relname = 'customers'
=> answer
15

### sample of filtered rows
select count(*) from shop.customers tablesample system (100)
=> refused 0A000

### escapes in a name that only the server decodes
select * from U&"s\0068op"."customers"
=> refused 0A000

### escapes in a text that only the server decodes
select U&'\0070g_class'::regclass
=> refused 0A000

### name longer than the server keeps
select 1 as xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
=> refused 0A000

### name by OID in a column definition
select * from jsonb_to_recordset('[{"a":16384}]') as x(a regclass)
=> refused 42704

### name looked up in an array
select array['pg_class'::regclass, 'secret.payroll']
=> refused 42501

### function looked up in an array with a column of a catalog
select array[typinput, 'shop.peek'] from pg_type limit 1
=> refused 42501

### name looked up by a union
select 'pg_class'::regclass union all select 'secret.payroll'
=> refused 42501

### OID named by a union
select 'pg_class'::regclass union all select 16384::oid
=> refused 42501

### name looked up by VALUES
values ('pg_class'::regclass), ('secret.payroll')
=> refused 42501

### name looked up by CASE
select case when false then 'pg_class'::regclass else 'secret.payroll' end
=> refused 42501

### name looked up as a default of a window function
select lag(x, 1, 'secret.payroll') over () from (select 'pg_class'::regclass as x) q
=> refused 42501

### name looked up by appending to an array
select array_append(array['pg_class'::regclass], 'secret.payroll')
=> refused 42501

### name looked up by comparing
select 'pg_class'::regclass = 'secret.payroll'
=> refused 42501

### name as a parameter of a prepared statement
prepare p(regclass) as select $1
--- then
execute p('secret.payroll')
=> refused 26000

### name looked up in a field of a row
select jsonb_populate_record(q, '{"x":"secret.payroll"}') from (select 'pg_class'::regclass as x) q
=> refused 42501

### name by XML
select xmlserialize(content '16384' as regclass)
=> refused 42704

### setting of the source by set_config, which is allowed
select set_config('jit', 'off', false)
=> answer
off

### setting by set_config that is not allowed
select set_config('enable_hashagg', 'off', false)
=> refused 42501
