### capture of an outer name through an unnamed row star
select c.ssn, (select ssn || '' from (select (select (ssn).* from (select 'x'::text as a) as ssn)) as q) from shop.claims c
=> ?

### capture through ordinality
select (select ssn || '' from (select u.*, c.ssn from unnest(array[1]) with ordinality u, shop.claims c) q(a, b, c) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through json_each
select (select ssn || '' from (select u.*, c.ssn from json_each('{"a":1}') u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through ts_debug
select (select ssn || '' from (select u.*, c.ssn from ts_debug('english', 'a b') u, shop.claims c) q(a, b, c, d, e, f) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through generate_subscripts
select (select ssn || '' from (select u.*, c.ssn from generate_subscripts(array[1], 1) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through _pg_expandarray
select (select ssn || '' from (select u.*, c.ssn from information_schema._pg_expandarray(array[1]) u, shop.claims c) q(a, b, c) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through a row function in the select list
select (select ssn || '' from (select (jsonb_populate_record(l, '{}')).*, c.ssn from shop.lookup l, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through several arrays
select (select ssn || '' from (select u.*, c.ssn from unnest(array[1], array[2]) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through rows from
select (select ssn || '' from (select u.*, c.ssn from rows from (unnest(array[1]), unnest(array[2])) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through a joined alias
select (select ssn || '' from (shop.claims c join shop.claims d using (id)) as j(x, ssn) limit 1) from (select 'x'::text as ssn) o
=> ?

### capture through a search column
with recursive t(a) as (select 1 union all select a + 1 from t where a < 2) search depth first by a set ssn select (select ssn::text from t limit 1) from (select 'x' as ssn) o, shop.claims c limit 1
=> ?

### capture through a cycle mark
with recursive t(a) as (select 1 union all select a + 1 from t where a < 2) cycle a set ssn using p select (select ssn::text from t limit 1), c.ssn from shop.claims c limit 1
=> ?

### long names that PostgreSQL cuts to the same name
with "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé" as (select 'x'::text as ssn) select (select ssn || '' from (with "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaü" as (select ssn from shop.claims) select ssn from "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé") q limit 1)
=> ?

### names that only fold outside ASCII
with É as (select ssn from shop.claims) select (select ssn || '' from (with é as (select 'x'::text as ssn) select ssn from É) q limit 1)
=> ?

### many bytes before a relation
select '漢字漢字🙂' /* é /* ü */ 🙂 */ as "ключ", c.notes, c.name from /*é*/ shop . /* 🙂 */ customers /*é*/ c where '🙂' <> 'é'
=> ?

### unicode escapes in names of relations and columns
select U&"n\006ftes", U&"d!0069agnosis" UESCAPE '!' from U&"sh\006fp"."customers" c join shop.claims k using (id)
=> ?

### strings continued over lines
select notes from shop.customers where name = 'C'
'ANARY' or name like E'\x43%'
'%' limit 1
=> ?

### the same relation many times
select a.notes, b.diagnosis, c.notes from shop.customers a, shop.claims b, shop.customers c, (shop.customers d join shop.customers e using (id)) where a.id = b.id and b.id = c.id and c.id = id limit 1
=> ?

### column names shifted by an alias
select a, b, c, d, e, f, g, h from shop.customers t(a, b, c, d, e, f, g, h)
=> ?

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
=> ?

### cursor declared again in the text that fetches
begin
--- then
declare c cursor for select ssn from shop.claims
--- then
fetch 1 from c; close c; declare c cursor for select 'x'::text; fetch 1 from c; close c; declare c cursor for select ssn from shop.claims; fetch 1 from c
=> ?

### prepared again in the text that executes
prepare e as select 'x'::text
--- then
execute e; deallocate e; prepare e as select ssn from shop.claims order by id limit 1; execute e
=> ?

### statement of the gateway deallocated
deallocate privet_1
=> ?

### prepare under a reserved name
prepare privet_1 as select 1
=> ?

### fetch from a portal of the gateway
begin
--- then
fetch all from "privet_portal_p_________________________________________________"
=> ?

### copy between results of one text
select 'x'::text; copy (select ssn from shop.claims order by id limit 1) to stdout; select ssn from shop.claims order by id limit 1
=> ?

### csv null marker equal to a value
copy (select ssn from shop.claims order by id limit 2) to stdout (format csv, null '771-31-0001')
=> ?

### csv quote that occurs in values
copy (select ssn from shop.claims order by id limit 2) to stdout (format csv, quote '7', escape '1')
=> ?

### csv delimiter that occurs in values
copy (select ssn from shop.claims order by id limit 2) to stdout (format csv, delimiter '7')
=> ?

### text delimiter that occurs in values
copy (select contact from shop.customers order by id limit 1) to stdout (delimiter 'C', null '')
=> ?

### text delimiter that is a hyphen
copy (select ssn from shop.claims order by id limit 2) to stdout (delimiter '-')
=> ?

### masked text cut by a name arm
select contact from shop.customers where id = 1 union all select null::name
=> ?

### masked text through a bpchar arm
select contact from shop.customers where id = 1 union all select null::char(3)
=> ?

### masked join with null in using
select * from shop.claims c right join (select null::varchar as ssn) n using (ssn)
=> ?

### masked full join with null
select ssn || '' from shop.claims c full join (select null::text as ssn) n using (ssn)
=> ?

### masked row in a list
select id from shop.claims where (ssn, id) in (('771-31-0004', 4), (null, 5))
=> ?

### masked row against a subquery of constants
select id from shop.claims where (ssn, id) in (select '771-31-0004', 4)
=> ?

### masked row against rows of values
select id from shop.claims where (ssn, id) = any (values ('771-31-0004'::text, 4))
=> ?

### masked whole rows compared with one that was made
select c.id from shop.claims c where c = row(4, '771-31-0004', null)
=> ?

### masked row distinct from a constant
select id from shop.claims where row(ssn) is distinct from row('771-31-0004')
=> ?

### masked column through a recursive query and a constant
with recursive t(s) as (select ssn from shop.claims union select '771-31-0004') select s || '' from t
=> ?

### masked column after null in a recursive query
with recursive t(s) as (select null::text union all select ssn from shop.claims, t) select s || '' from t
=> ?

### masked column as a default of lag
select lag(id::text, 1, ssn) over (order by id) from shop.claims
=> ?

### masked column inside grouping sets with an expression
select ssn || '', grouping(ssn) from shop.claims group by grouping sets ((ssn), ())
=> ?

### masked order inside an aggregate
select array_agg(id order by ssn) from shop.claims
=> ?

### masked order through a position
select id, ssn from shop.claims order by 2
=> ?

### masked order through a name that is also an input
select ssn as id from shop.claims order by id
=> ?

### masked column through xmlforest
select xmlforest(ssn) from shop.claims
=> ?

### oid of a catalog plus one
select (oid + 1)::regclass from pg_class where relname = 'customers'
=> ?

### oid hidden behind a union
select o::regclass from (select oid as o from pg_class where relname = 'customers' union all select 16402) x
=> ?

### oid hidden behind a recursive query
with recursive t(o) as (select oid from pg_class where relname = 'customers' union all select 16402::oid from t where o <> 16402) select o::regclass from t
=> ?

### oid hidden behind case
select (case when true then 16402::oid else oid end)::regclass from pg_class limit 1
=> ?

### oid hidden behind lateral
select x.o::regclass from (select oid from pg_class limit 1) c, lateral (select 16402::oid as o) x
=> ?

### name out of json cast to regclass
select (json_build_object('a', '16402') ->> 'a')::regclass
=> ?

### array of numbers cast to regclass
select '{16402}'::regclass[]
=> ?

### definition of an index by number
select pg_get_indexdef(16403)
=> ?

### definition of a constraint by number
select pg_get_constraintdef(16406)
=> ?

### type name by number
select format_type(16399, null)
=> ?

### index property by name
select pg_index_has_property('secret.payroll_pkey', 'clusterable')
=> ?

### updatable by name
select pg_column_is_updatable('secret.payroll', 1::int2, true)
=> ?

### partition tree by name
select * from pg_partition_tree('secret.payroll')
=> ?

### sequence by name
select pg_sequence_parameters('shop.counter')
=> ?

### relation looked up by a name made at run time
select to_regclass(x) from (values ('secret.payroll'), ('shop.customers')) v(x)
=> ?

### type looked up by a name made at run time
select to_regtype(x) from (values ('secret.payroll'), ('secret._payroll')) v(x)
=> ?

### setting looked up by a name made at run time
select current_setting(x) from (values ('data_directory'), ('search_path')) v(x)
=> ?

### comment through the wrong catalog
select obj_description(oid, 'pg_class') from pg_type limit 1
=> ?

### row type of a hidden table in json
select * from json_to_record('{"a":1}') as x(a secret.payroll)
=> ?

### catalog row type in json
select x.a from json_to_record('{"a":1}') as x(a pg_class)
=> ?

### collation that is a name of a schema
select 'a' collate "secret"
=> ?

### transaction made writable by characteristics
set session characteristics as transaction read write
=> ?

### null equality turned on
select set_config('transform_null_equals', 'on', false)
=> ?

### debug messages of the planner
set client_min_messages = debug1
=> ?

### pg_temp first in the path
set search_path to pg_temp, shop
--- then
select relname from pg_class where relname like 'v\_%'
=> ?
