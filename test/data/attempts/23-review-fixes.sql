### value confirmed by the NULL marker of COPY
copy (select ssn from shop.claims order by id) to stdout (null '771-31-0005')
=> ?

### value confirmed by the NULL marker of CSV, which quotes it
copy (select ssn from shop.claims order by id) to stdout (format csv, null '771-31-0005')
=> ?

### order of raw values by DISTINCT ON
select id, row_number() over () from (select distinct on (ssn) ssn, id from shop.claims) q
=> ?

### order of raw values by PARTITION BY
select id, row_number() over () from (select id, count(*) over (partition by ssn) from shop.claims) q
=> ?

### plan of a view over hidden tables
explain select * from shop.customer_names
=> ?

### plan of an open table, which is no view
explain (verbose) select * from shop.lookup
=> ?

### transaction made writable by a reset
reset transaction_read_only
=> ?

### transaction made writable by its default
set transaction_read_only to default
=> ?

### log messages with rewritten text
set client_min_messages = log
=> ?

### hidden columns counted by pg_class
select relnatts from pg_class where relname = 'customers'
=> ?

### sample of filtered rows
select count(*) from shop.customers tablesample system (100)
=> ?

### escapes in a name that only the server decodes
select * from U&"s\0068op"."customers"
=> ?

### escapes in a text that only the server decodes
select U&'\0070g_class'::regclass
=> ?

### name longer than the server keeps
select 1 as xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
=> ?

### name by OID in a column definition
select * from jsonb_to_recordset('[{"a":16384}]') as x(a regclass)
=> ?

### name looked up in an array
select array['pg_class'::regclass, 'secret.payroll']
=> ?

### function looked up in an array with a column of a catalog
select array[typinput, 'shop.peek'] from pg_type limit 1
=> ?

### name looked up by a union
select 'pg_class'::regclass union all select 'secret.payroll'
=> ?

### OID named by a union
select 'pg_class'::regclass union all select 16384::oid
=> ?

### name looked up by VALUES
values ('pg_class'::regclass), ('secret.payroll')
=> ?

### name looked up by CASE
select case when false then 'pg_class'::regclass else 'secret.payroll' end
=> ?

### name looked up as a default of a window function
select lag(x, 1, 'secret.payroll') over () from (select 'pg_class'::regclass as x) q
=> ?

### name looked up by appending to an array
select array_append(array['pg_class'::regclass], 'secret.payroll')
=> ?

### name looked up by comparing
select 'pg_class'::regclass = 'secret.payroll'
=> ?

### name as a parameter of a prepared statement
prepare p(regclass) as select $1
--- then
execute p('secret.payroll')
=> ?

### name looked up in a field of a row
select jsonb_populate_record(q, '{"x":"secret.payroll"}') from (select 'pg_class'::regclass as x) q
=> ?

### name by XML
select xmlserialize(content '16384' as regclass)
=> ?
