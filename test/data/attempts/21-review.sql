### capture of an outer name through an unnamed row star
select c.ssn, (select ssn || '' from (select (select (ssn).* from (select 'x'::text as a) as ssn)) as q) from shop.claims c
=> refused 0A000

### capture through ordinality
select (select ssn || '' from (select u.*, c.ssn from unnest(array[1]) with ordinality u, shop.claims c) q(a, b, c) limit 1) from (select 'x'::text as ssn) o
=> answer
x

### capture through json_each
select (select ssn || '' from (select u.*, c.ssn from json_each('{"a":1}') u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 42501

### capture through ts_debug
select (select ssn || '' from (select u.*, c.ssn from ts_debug('english', 'a b') u, shop.claims c) q(a, b, c, d, e, f) limit 1) from (select 'x'::text as ssn) o
=> refused 42501

### capture through generate_subscripts
select (select ssn || '' from (select u.*, c.ssn from generate_subscripts(array[1], 1) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> answer
x

### capture through _pg_expandarray
select (select ssn || '' from (select u.*, c.ssn from information_schema._pg_expandarray(array[1]) u, shop.claims c) q(a, b, c) limit 1) from (select 'x'::text as ssn) o
=> answer
x

### capture through a row function in the select list
select (select ssn || '' from (select (jsonb_populate_record(l, '{}')).*, c.ssn from shop.lookup l, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### capture through several arrays
select (select ssn || '' from (select u.*, c.ssn from unnest(array[1], array[2]) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 42501

### capture through rows from
select (select ssn || '' from (select u.*, c.ssn from rows from (unnest(array[1]), unnest(array[2])) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### capture through a joined alias
select (select ssn || '' from (shop.claims c join shop.claims d using (id)) as j(x, ssn) limit 1) from (select 'x'::text as ssn) o
=> refused 42702

### capture through a search column
with recursive t(a) as (select 1 union all select a + 1 from t where a < 2) search depth first by a set ssn select (select ssn::text from t limit 1) from (select 'x' as ssn) o, shop.claims c limit 1
=> answer
{(1)}

### capture through a cycle mark
with recursive t(a) as (select 1 union all select a + 1 from t where a < 2) cycle a set ssn using p select (select ssn::text from t limit 1), c.ssn from shop.claims c limit 1
=> answer
false|210-13-1070

### long names that PostgreSQL cuts to the same name
with "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé" as (select 'x'::text as ssn) select (select ssn || '' from (with "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaü" as (select ssn from shop.claims) select ssn from "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé") q limit 1)
=> refused 0A000

### names that only fold outside ASCII
with É as (select ssn from shop.claims) select (select ssn || '' from (with é as (select 'x'::text as ssn) select ssn from É) q limit 1)
=> refused 42501

### many bytes before a relation
select '漢字漢字🙂' /* é /* ü */ 🙂 */ as "ключ", c.notes, c.name from /*é*/ shop . /* 🙂 */ customers /*é*/ c where '🙂' <> 'é'
=> answer
漢字漢字🙂|\N|C************
漢字漢字🙂|\N|C************
漢字漢字🙂|\N|C************
漢字漢字🙂|\N|C************
漢字漢字🙂|\N|C************
漢字漢字🙂|\N|C************

### unicode escapes in names of relations and columns
select U&"n\006ftes", U&"d!0069agnosis" UESCAPE '!' from U&"sh\006fp"."customers" c join shop.claims k using (id)
=> refused 0A000

### strings continued over lines
select notes from shop.customers where name = 'C'
'ANARY' or name like E'\x43%'
'%' limit 1
=> answer
\N

### the same relation many times
select a.notes, b.diagnosis, c.notes from shop.customers a, shop.claims b, shop.customers c, (shop.customers d join shop.customers e using (id)) where a.id = b.id and b.id = c.id and c.id = id limit 1
=> refused 42702

### column names shifted by an alias
select a, b, c, d, e, f, g, h from shop.customers t(a, b, c, d, e, f, g, h)
=> answer
1|EU|C************|\N|728de75094c52fef60a4a75748ea91dd7983cdfefa07cb5c1dba4bc4c5a2449d|005-63-9865|****|0
2|EU|C************|\N|9b6b60b4e275341d0f8d6fc962adb28a5e66028adc8db2f4889ecb09ea821c59|998-79-5816|****|0
3|EU|C************|\N|48909c79cf3b6f2e68fa9531dc315a3e1c0c6090c5ef0968ba0a7aac496df51e|340-10-2076|****|0
4|EU|C************|\N|50af865feb0b4d28fef69852e72c1da09a0b2a02f85febc35c01d1fbd1e014d2|388-76-2835|****|0
5|EU|C************|\N|20bb96f1d30774cfee2236eb6ca436c61683f13b164d4a058ef00f6c77580b67|852-90-3037|****|0
6|EU|C************|\N|386098b149d802c29ec530b29bfb360cbe346cadcde90564abf7a05b29687060|102-08-7714|****|0

### cursor swapped under a name after rollback to a savepoint
begin
--- then
declare c cursor for select 'x'::text
--- then
savepoint s
--- then
close c
--- then
declare c cursor for select ssn from shop.claims
--- then
rollback to s
--- then
fetch all from c
=> refused 34000

### cursor declared again in the text that fetches
begin
--- then
declare c cursor for select ssn from shop.claims
--- then
fetch 1 from c; close c; declare c cursor for select 'x'::text; fetch 1 from c; close c; declare c cursor for select ssn from shop.claims; fetch 1 from c
=> answer
210-13-1070
x
210-13-1070

### prepared again in the text that executes
prepare e as select 'x'::text
--- then
execute e; deallocate e; prepare e as select ssn from shop.claims order by id limit 1; execute e
=> answer
x
210-13-1070

### statement of the gateway deallocated
deallocate privet_1
=> refused 0A000

### prepare under a reserved name
prepare privet_1 as select 1
=> refused 0A000

### fetch from a portal of the gateway
begin
--- then
fetch all from "privet_portal_p_________________________________________________"
=> refused 0A000

### copy between results of one text
select 'x'::text; copy (select ssn from shop.claims order by id limit 1) to stdout; select ssn from shop.claims order by id limit 1
=> answer
x
210-13-1070
210-13-1070

### csv null marker equal to a value
copy (select ssn from shop.claims order by id limit 2) to stdout (format csv, null '771-31-0001')
=> answer
"210-13-1070"
"659-21-2169"

### csv quote that occurs in values
copy (select ssn from shop.claims order by id limit 2) to stdout (format csv, quote '7', escape '1')
=> answer
72110-113-1101707
7659-211-211697

### csv delimiter that occurs in values
copy (select ssn from shop.claims order by id limit 2) to stdout (format csv, delimiter '7')
=> answer
"210-13-1070"
"659-21-2169"

### text delimiter that occurs in values
copy (select contact from shop.customers order by id limit 1) to stdout (delimiter 'C', null '')
=> refused 42501

### text delimiter that is a hyphen
copy (select ssn from shop.claims order by id limit 2) to stdout (delimiter '-')
=> answer
210\-13\-1070
659\-21\-2169

### masked text cut by a name arm
select contact from shop.customers where id = 1 union all select null::name
=> answer
728de75094c52fef60a4a75748ea91dd7983cdfefa07cb5c1dba4bc4c5a2449d
\N

### masked text through a bpchar arm
select contact from shop.customers where id = 1 union all select null::char(3)
=> answer
728de75094c52fef60a4a75748ea91dd7983cdfefa07cb5c1dba4bc4c5a2449d
\N

### masked join with null in using
select * from shop.claims c right join (select null::varchar as ssn) n using (ssn)
=> answer
\N|\N|\N

### masked full join with null
select ssn || '' from shop.claims c full join (select null::text as ssn) n using (ssn)
=> refused 42501

### masked row in a list
select id from shop.claims where (ssn, id) in (('771-31-0004', 4), (null, 5))
=> refused 42501

### masked row against a subquery of constants
select id from shop.claims where (ssn, id) in (select '771-31-0004', 4)
=> refused 42501

### masked row against rows of values
select id from shop.claims where (ssn, id) = any (values ('771-31-0004'::text, 4))
=> refused 42501

### masked whole rows compared with one that was made
select c.id from shop.claims c where c = row(4, '771-31-0004', null)
=> refused 42501

### masked row distinct from a constant
select id from shop.claims where row(ssn) is distinct from row('771-31-0004')
=> refused 42501

### masked column through a recursive query and a constant
with recursive t(s) as (select ssn from shop.claims union select '771-31-0004') select s || '' from t
=> refused 42501

### masked column after null in a recursive query
with recursive t(s) as (select null::text union all select ssn from shop.claims, t) select s || '' from t
=> refused 42501

### masked column as a default of lag
select lag(id::text, 1, ssn) over (order by id) from shop.claims
=> refused 42501

### masked column inside grouping sets with an expression
select ssn || '', grouping(ssn) from shop.claims group by grouping sets ((ssn), ())
=> refused 42501

### masked order inside an aggregate
select array_agg(id order by ssn) from shop.claims
=> refused 42501

### masked order through a position
select id, ssn from shop.claims order by 2
=> refused 42501

### masked order through a name that is also an input
select ssn as id from shop.claims order by id
=> refused 42501

### masked column through xmlforest
select xmlforest(ssn) from shop.claims
=> refused 42501

### oid of a catalog plus one
select (oid + 1)::regclass from pg_class where relname = 'customers'
=> refused 42501

### oid hidden behind a union
select o::regclass from (select oid as o from pg_class where relname = 'customers' union all select 16402) x
=> refused 42501

### oid hidden behind a recursive query
with recursive t(o) as (select oid from pg_class where relname = 'customers' union all select 16402::oid from t where o <> 16402) select o::regclass from t
=> refused 42501

### oid hidden behind case
select (case when true then 16402::oid else oid end)::regclass from pg_class limit 1
=> refused 42501

### oid hidden behind lateral
select x.o::regclass from (select oid from pg_class limit 1) c, lateral (select 16402::oid as o) x
=> refused 42501

### name out of json cast to regclass
select (json_build_object('a', '16402') ->> 'a')::regclass
=> refused 42501

### array of numbers cast to regclass
select '{16402}'::regclass[]
=> refused 42P01

### definition of an index by number
select pg_get_indexdef(16403)
=> refused 42501

### definition of a constraint by number
select pg_get_constraintdef(16406)
=> refused 42501

### type name by number
select format_type(16399, null)
=> refused 42501

### index property by name
select pg_index_has_property('secret.payroll_pkey', 'clusterable')
=> refused 42501

### updatable by name
select pg_column_is_updatable('secret.payroll', 1::int2, true)
=> refused 42501

### partition tree by name
select * from pg_partition_tree('secret.payroll')
=> refused 42501

### sequence by name
select pg_sequence_parameters('shop.counter')
=> refused 42501

### relation looked up by a name made at run time
select to_regclass(x) from (values ('secret.payroll'), ('shop.customers')) v(x)
=> answer
\N
shop.customers

### type looked up by a name made at run time
select to_regtype(x) from (values ('secret.payroll'), ('secret._payroll')) v(x)
=> answer
\N
\N

### setting looked up by a name made at run time
select current_setting(x) from (values ('data_directory'), ('search_path')) v(x)
=> answer
\N
"$user", public

### comment through the wrong catalog
select obj_description(oid, 'pg_class') from pg_type limit 1
=> answer
\N

### row type of a hidden table in json
select * from json_to_record('{"a":1}') as x(a secret.payroll)
=> refused 42704

### catalog row type in json
select x.a from json_to_record('{"a":1}') as x(a pg_class)
=> refused 42704

### collation that is a name of a schema
select 'a' collate "secret"
=> refused 42704

### transaction made writable by characteristics
set session characteristics as transaction read write
=> refused 25006

### null equality turned on
select set_config('transform_null_equals', 'on', false)
=> refused 42501

### debug messages of the planner
set client_min_messages = debug1
=> refused 22023

### pg_temp first in the path
set search_path to pg_temp, shop
--- then
select relname from pg_class where relname like 'v\_%'
=> answer
