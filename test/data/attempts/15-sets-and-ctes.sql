### union with the raw name
select name from shop.customers union all select 'x' order by 1
=> answer
C************
C************
C************
C************
C************
C************
x

### intersect with a guess
select name from shop.customers intersect select 'CANARY-name-1'
=> answer

### except a guess
select 'CANARY-name-1' except select name from shop.customers
=> answer
CANARY-name-1

### union of masked and hashed
select name from shop.customers union select contact from shop.customers
=> refused 42501

### union types
select salary from shop.customers union select 77310001 order by 1
=> answer
0
77310001

### cte
with c as (select name from shop.customers) select * from c order by 1
=> answer
C************
C************
C************
C************
C************
C************

### cte materialized
with c as materialized (select id, name from shop.customers) select name from c order by id
=> answer
C************
C************
C************
C************
C************
C************

### cte not materialized with a cast
with c as not materialized (select name from shop.customers) select * from c where name::int = 1
=> refused 22P02

### nested cte
with a as (with b as (select name from shop.customers) select * from b) select * from a order by 1
=> answer
C************
C************
C************
C************
C************
C************

### recursive walk
with recursive r as (select id, name from shop.customers where id = 1 union all select c.id, c.name from shop.customers c join r on c.id = r.id + 1) select * from r order by id
=> answer
1|C************
2|C************
3|C************
4|C************
5|C************
6|C************

### recursive over secret
with recursive r as (select 1 as id union all select p.id from secret.payroll p join r on true) select * from r
=> refused 42P01

### search clause
with recursive r as (select id from shop.customers where id = 1 union all select c.id from shop.customers c join r on c.id = r.id + 1) search depth first by id set o select id from r
=> answer
1
2
3
4
5
6

### values list
values ((select name from shop.customers where id = 1))
=> answer
C************

### values in from
select * from (values (1), ((select count(*)::int from shop.customers))) v order by 1
=> answer
1
6

### subquery in limit
select id from shop.customers order by id limit (select 2)
=> answer
1
2

### subquery in offset
select id from shop.customers order by id offset (select 5)
=> answer
6

### array subquery
select array(select name from shop.customers order by id)
=> answer
{C************,C************,C************,C************,C************,C************}

### in subquery on name
select id from shop.customers where name in (select name from shop.customers where id = 1) order by id
=> answer
1
2
3
4
5
6

### json aggregate
select json_agg(name) from shop.customers
=> answer
["C************", "C************", "C************", "C************", "C************", "C************"]

### json object aggregate
select json_object_agg(id, name) from shop.customers
=> answer
{ "1" : "C************", "2" : "C************", "3" : "C************", "4" : "C************", "5" : "C************", "6" : "C************" }

### xml aggregate
select xmlagg(xmlelement(name x, name)) from shop.customers
=> answer
<x>C************</x><x>C************</x><x>C************</x><x>C************</x><x>C************</x><x>C************</x>

### xmltable
select * from xmltable('/a' passing '<a/>' columns n text path '.')
=> refused 0A000

### json table of names
select jsonb_path_query(jsonb_agg(name), '$[*]') from shop.customers
=> answer
"C************"
"C************"
"C************"
"C************"
"C************"
"C************"

### duplicate cte name
with a as (select 1), a as (select 2) select * from a
=> refused 42P01

### cte hides behind a later table
with orders as (select * from secret.payroll) select 1
=> refused 42P01

### unused cte over the secret
with x as (select * from secret.payroll) select 1
=> refused 42P01
