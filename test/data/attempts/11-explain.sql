### explain guarded
explain select * from shop.events
=> ?

### explain analyze
explain analyze select id from shop.customers
=> ?

### explain verbose
explain (verbose) select id, name from shop.customers
=> ?

### explain json
explain (format json) select id from shop.customers
=> ?

### explain of a predicate
explain select id from shop.customers where name = 'CANARY-name-1'
=> ?

### explain absent
explain select * from secret.payroll
=> ?

### explain open
explain (costs off) select * from shop.lookup where code = 'a'
=> ?

### explain analyze open
explain (analyze, costs off, timing off, summary off) select 1
=> ?

### explain execute
prepare p as select id from shop.customers
--- then
explain execute p
=> ?

### explain declare
explain declare c cursor for select name from shop.customers
=> ?

### explain create table as
explain analyze create table x as select * from shop.customers
=> ?

### explain with settings
explain (settings, buffers, wal) select id from shop.customers
=> ?

### explain generic
explain (generic_plan) select id from shop.customers
=> ?
