### absent schema
select * from secret.payroll
=> refused 42P01

### absent table
select * from shop.nothing
=> refused 42P01

### absent table and absent policy look alike
select * from secret.nothing
=> refused 42P01

### search path to the secret schema
set search_path = secret
--- then
select * from payroll
=> refused 42P01

### search path by set_config
select set_config('search_path', 'secret', false)
--- then
select * from payroll
=> refused 42P01

### search path local
begin
--- then
set local search_path = secret
--- then
select * from payroll
=> refused 42P01

### unqualified under a search path
set search_path = shop
--- then
select count(*) from customers
=> answer
6

### search path with shop and pg_temp
set search_path = pg_temp, shop
--- then
select count(*) from customers
=> answer
6

### quoted upper case
select * from "SHOP"."CUSTOMERS"
=> refused 42P01

### quoted exact
select count(*) from "shop"."customers"
=> answer
6

### upper case
SELECT COUNT(*) FROM SHOP.CUSTOMERS
=> answer
6

### unicode escaped name
select count(*) from U&"shop"."cust\006Fmers"
=> refused 0A000

### unicode escaped secret name
select * from U&"s\0065cret"."payr\006Fll"
=> refused 0A000

### catalog qualified
select count(*) from shopdb.shop.customers
=> answer
6

### wrong catalog
select count(*) from other.shop.customers
=> refused 0A000

### comment inside the name
select count(*) from shop/**/./**/customers
=> answer
6

### newline inside the name
select count(*) from shop
.
customers
=> answer
6

### alias shadows a table
select orders.name from shop.customers orders order by orders.id
=> answer
C************
C************
C************
C************
C************
C************

### alias shadows and escapes
select customers.profile from shop.customers as customers
=> refused 42703

### cte shadows the table
with customers as (select 1 as id) select * from customers
=> answer
1

### cte named like the qualified table
with customers as (select 1 as id) select count(*) from shop.customers
=> answer
6

### cte refers to itself by the table's name
with customers as (select name from shop.customers) select * from customers order by 1
=> answer
C************
C************
C************
C************
C************
C************

### recursive cte named like the table
with recursive customers as (select 1 as n union all select n + 1 from customers where n < 3) select * from customers
=> answer
1
2
3

### temp table shadows
create temp table customers (id int)
=> refused 25006

### temp schema by name
select * from pg_temp.customers
=> refused 42P01

### toast table
select * from pg_toast.pg_toast_1255
=> refused 42P01

### column alias hides a column
select c.a from shop.customers c (a) order by 1
=> answer
1
2
3
4
5
6

### column aliases renamed in order
select x.c16 from shop.customers x (c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12,c13,c14,c15,c16)
=> refused 42601

### too many column aliases
select x.c17 from shop.lookup x (c1, c2, c17)
=> refused 42601

### name longer than allowed
select * from shop.customers_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
=> refused 0A000

### truncated name
select count(*) from shop.ordersaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
=> refused 0A000

### function named like a table
select customers(1)
=> refused 42883

### attribute notation
select name(c) from shop.customers c
=> refused 42501

### attribute notation of the hidden column
select profile(c) from shop.customers c
=> refused 42883

### attribute notation with a function
select (c.id).abs from shop.customers c
=> refused 42703

### index as a table
select * from shop.orders_customer
=> refused 42P01

### sequence as a table
select * from shop.counter
=> refused 42P01

### composite type of the table
select null::shop.customers
=> refused 42704
