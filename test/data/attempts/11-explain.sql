### explain guarded
explain select * from shop.events
=> refused 42501

### explain analyze
explain analyze select id from shop.customers
=> refused 42501

### explain verbose
explain (verbose) select id, name from shop.customers
=> refused 42501

### explain json
explain (format json) select id from shop.customers
=> refused 42501

### explain of a predicate
explain select id from shop.customers where name = 'CANARY-name-1'
=> refused 42501

### explain absent
explain select * from secret.payroll
=> refused 42P01

### explain open
explain (costs off) select * from shop.lookup where code = 'a'
=> answer
Seq Scan on lookup
  Filter: (code = 'a'::text)

### explain analyze open
explain (analyze, costs off, timing off, summary off) select 1
=> answer
Result (actual rows=1 loops=1)

### explain execute
prepare p as select id from shop.customers
--- then
explain execute p
=> refused 0A000

### explain declare
explain declare c cursor for select name from shop.customers
=> refused 0A000

### explain create table as
explain analyze create table x as select * from shop.customers
=> refused 25006

### explain with settings
explain (settings, buffers, wal) select id from shop.customers
=> refused 0A000

### explain generic
explain (generic_plan) select id from shop.customers
=> refused 42501
