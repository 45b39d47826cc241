### absent schema
select * from secret.payroll
=> ?

### absent table
select * from shop.nothing
=> ?

### absent table and absent policy look alike
select * from secret.nothing
=> ?

### search path to the secret schema
set search_path = secret
--- then
select * from payroll
=> ?

### search path by set_config
select set_config('search_path', 'secret', false)
--- then
select * from payroll
=> ?

### search path local
begin
--- then
set local search_path = secret
--- then
select * from payroll
=> ?

### unqualified under a search path
set search_path = shop
--- then
select count(*) from customers
=> ?

### search path with shop and pg_temp
set search_path = pg_temp, shop
--- then
select count(*) from customers
=> ?

### quoted upper case
select * from "SHOP"."CUSTOMERS"
=> ?

### quoted exact
select count(*) from "shop"."customers"
=> ?

### upper case
SELECT COUNT(*) FROM SHOP.CUSTOMERS
=> ?

### unicode escaped name
select count(*) from U&"shop"."cust\006Fmers"
=> ?

### unicode escaped secret name
select * from U&"s\0065cret"."payr\006Fll"
=> ?

### catalog qualified
select count(*) from shopdb.shop.customers
=> ?

### wrong catalog
select count(*) from other.shop.customers
=> ?

### comment inside the name
select count(*) from shop/**/./**/customers
=> ?

### newline inside the name
select count(*) from shop
.
customers
=> ?

### alias shadows a table
select orders.name from shop.customers orders order by orders.id
=> ?

### alias shadows and escapes
select customers.profile from shop.customers as customers
=> ?

### cte shadows the table
with customers as (select 1 as id) select * from customers
=> ?

### cte named like the qualified table
with customers as (select 1 as id) select count(*) from shop.customers
=> ?

### cte refers to itself by the table's name
with customers as (select name from shop.customers) select * from customers order by 1
=> ?

### recursive cte named like the table
with recursive customers as (select 1 as n union all select n + 1 from customers where n < 3) select * from customers
=> ?

### temp table shadows
create temp table customers (id int)
=> ?

### temp schema by name
select * from pg_temp.customers
=> ?

### toast table
select * from pg_toast.pg_toast_1255
=> ?

### column alias hides a column
select c.a from shop.customers c (a) order by 1
=> ?

### column aliases renamed in order
select x.c16 from shop.customers x (c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16)
=> ?

### too many column aliases
select x.c17 from shop.lookup x (c1, c2, c17)
=> ?

### name longer than allowed
select * from shop.customers_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
=> ?

### truncated name
select count(*) from shop.ordersaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
=> ?

### function named like a table
select customers(1)
=> ?

### attribute notation
select name(c) from shop.customers c
=> ?

### attribute notation of the hidden column
select profile(c) from shop.customers c
=> ?

### attribute notation with a function
select (c.id).abs from shop.customers c
=> ?

### index as a table
select * from shop.orders_customer
=> ?

### sequence as a table
select * from shop.counter
=> ?

### composite type of the table
select null::shop.customers
=> ?
