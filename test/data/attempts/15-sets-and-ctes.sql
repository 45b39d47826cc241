### union with the raw name
select name from shop.customers union all select 'x' order by 1
=> ?

### intersect with a guess
select name from shop.customers intersect select 'CANARY-name-1'
=> ?

### except a guess
select 'CANARY-name-1' except select name from shop.customers
=> ?

### union of masked and hashed
select name from shop.customers union select contact from shop.customers
=> ?

### union types
select salary from shop.customers union select 77310001 order by 1
=> ?

### cte
with c as (select name from shop.customers) select * from c order by 1
=> ?

### cte materialized
with c as materialized (select id, name from shop.customers) select name from c order by id
=> ?

### cte not materialized with a cast
with c as not materialized (select name from shop.customers) select * from c where name::int = 1
=> ?

### nested cte
with a as (with b as (select name from shop.customers) select * from b) select * from a order by 1
=> ?

### recursive walk
with recursive r as (select id, name from shop.customers where id = 1 union all select c.id, c.name from shop.customers c join r on c.id = r.id + 1) select * from r order by id
=> ?

### recursive over secret
with recursive r as (select 1 as id union all select p.id from secret.payroll p join r on true) select * from r
=> ?

### search clause
with recursive r as (select id from shop.customers where id = 1 union all select c.id from shop.customers c join r on c.id = r.id + 1) search depth first by id set o select id from r
=> ?

### values list
values ((select name from shop.customers where id = 1))
=> ?

### values in from
select * from (values (1), ((select count(*)::int from shop.customers))) v order by 1
=> ?

### subquery in limit
select id from shop.customers order by id limit (select 2)
=> ?

### subquery in offset
select id from shop.customers order by id offset (select 5)
=> ?

### array subquery
select array(select name from shop.customers order by id)
=> ?

### in subquery on name
select id from shop.customers where name in (select name from shop.customers where id = 1) order by id
=> ?

### json aggregate
select json_agg(name) from shop.customers
=> ?

### json object aggregate
select json_object_agg(id, name) from shop.customers
=> ?

### xml aggregate
select xmlagg(xmlelement(name x, name)) from shop.customers
=> ?

### xmltable
select * from xmltable('/a' passing '<a/>' columns n text path '.')
=> ?

### json table of names
select jsonb_path_query(jsonb_agg(name), '$[*]') from shop.customers
=> ?

### duplicate cte name
with a as (select 1), a as (select 2) select * from a
=> ?

### cte hides behind a later table
with orders as (select * from secret.payroll) select 1
=> ?

### unused cte over the secret
with x as (select * from secret.payroll) select 1
=> ?
