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
