### count of all rows
select count(*) from shop.customers
=> ?

### filtered row by id
select * from (select id, region from shop.customers where id = 7) s
=> ?

### filtered rows by region
select id from shop.customers where region = 'US'
=> ?

### filter made true
select id from shop.customers where region = 'US' or true order by id
=> ?

### filter undone by comment
select id from shop.customers where true -- order by id
=> ?

### regions
select distinct region from shop.customers
=> ?

### max id
select max(id) from shop.customers
=> ?

### sum id
select sum(id) from shop.customers
=> ?

### rows through a foreign key join
select o.id, c.id from shop.orders o left join shop.customers c on c.id = o.customer_id order by o.id
=> ?

### rows missing from a right join
select o.id from shop.customers c right join shop.orders o on o.customer_id = c.id where c.id is null order by o.id
=> ?

### full join
select count(*) from shop.customers a full join shop.customers b on a.id = b.id
=> ?

### cross join count
select count(*) from shop.customers a, shop.customers b
=> ?

### lateral
select c.id, x.n from shop.orders o, lateral (select count(*) as n from shop.customers k where k.id = o.customer_id) x, shop.customers c where o.id = 1 order by 1
=> ?

### not in
select id from shop.orders where customer_id not in (select id from shop.customers) order by id
=> ?

### except
select customer_id from shop.orders except select id from shop.customers order by 1
=> ?

### any subquery
select id from shop.orders where customer_id = any (select id from shop.customers) order by id
=> ?

### events of other regions
select id, region, payload from shop.events order by id
=> ?

### events count by month
select date_trunc('month', at), count(*) from shop.events group by 1 order by 1
=> ?

### min and max of events
select min(at), max(at) from shop.events
=> ?

### row number
select row_number() over () from shop.customers
=> ?

### ntile over all
select ntile(3) over (order by id) from shop.customers
=> ?

### offset past the filter
select id from shop.customers order by id offset 6
=> ?

### fetch with ties
select id from shop.customers order by region fetch first 1 row with ties
=> ?

### bernoulli sample
select count(*) from shop.customers tablesample bernoulli (100)
=> ?

### system sample repeatable
select count(*) from shop.customers tablesample system (100) repeatable (1)
=> ?

### for update
select id from shop.customers for update
=> ?

### for key share
select id from shop.customers for key share skip locked
=> ?

### ctid
select ctid from shop.customers
=> ?

### ctid in where
select id from shop.customers where ctid = '(0,7)'
=> ?

### xmin
select xmin from shop.customers
=> ?

### tableoid
select tableoid::regclass from shop.customers
=> ?

### only
select id from only shop.customers order by id
=> ?

### table command
table shop.lookup
=> ?

### table command guarded
table shop.events
=> ?

### grouping sets
select region, count(*) from shop.customers group by grouping sets ((region), ()) order by 1 nulls last
=> ?

### rollup
select region, tier, count(*) from shop.customers group by rollup (region, tier) order by 1, 2
=> ?

### seen of other rows
select min(seen), max(seen) from shop.customers
=> ?

### correlation in the select list
select (select count(*) from shop.customers c where c.id = o.customer_id) from shop.orders o order by o.id
=> ?

### window over filtered rows
select id, count(*) over () from shop.customers order by id
=> ?
