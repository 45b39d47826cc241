### count of all rows
select count(*) from shop.customers
=> answer
6

### filtered row by id
select * from (select id, region from shop.customers where id = 7) s
=> answer

### filtered rows by region
select id from shop.customers where region = 'US'
=> answer

### filter made true
select id from shop.customers where region = 'US' or true order by id
=> answer
1
2
3
4
5
6

### filter undone by comment
select id from shop.customers where true -- order by id
=> answer
1
2
3
4
5
6

### regions
select distinct region from shop.customers
=> answer
EU

### max id
select max(id) from shop.customers
=> answer
6

### sum id
select sum(id) from shop.customers
=> answer
21

### rows through a foreign key join
select o.id, c.id from shop.orders o left join shop.customers c on c.id = o.customer_id order by o.id
=> answer
1|2
2|3
3|4
4|5
5|6
6|\N
7|\N
8|\N
9|\N
10|\N
11|\N
12|1
13|2
14|3
15|4
16|5
17|6
18|\N
19|\N
20|\N
21|\N
22|\N
23|\N
24|1

### rows missing from a right join
select o.id from shop.customers c right join shop.orders o on o.customer_id = c.id where c.id is null order by o.id
=> answer
6
7
8
9
10
11
18
19
20
21
22
23

### full join
select count(*) from shop.customers a full join shop.customers b on a.id = b.id
=> answer
6

### cross join count
select count(*) from shop.customers a, shop.customers b
=> answer
36

### lateral
select c.id, x.n from shop.orders o, lateral (select count(*) as n from shop.customers k where k.id = o.customer_id) x, shop.customers c where o.id = 1 order by 1
=> answer
1|1
2|1
3|1
4|1
5|1
6|1

### not in
select id from shop.orders where customer_id not in (select id from shop.customers) order by id
=> answer
6
7
8
9
10
11
18
19
20
21
22
23

### except
select customer_id from shop.orders except select id from shop.customers order by 1
=> answer
7
8
9
10
11
12

### any subquery
select id from shop.orders where customer_id = any (select id from shop.customers) order by id
=> answer
1
2
3
4
5
12
13
14
15
16
17
24

### events of other regions
select id, region, payload from shop.events order by id
=> answer
2|EU|payload 2
4|EU|payload 4
6|EU|payload 6
8|EU|payload 8
10|EU|payload 10
12|EU|payload 12

### events count by month
select date_trunc('month', at), count(*) from shop.events group by 1 order by 1
=> answer
2025-07-01 00:00:00+00|1
2025-09-01 00:00:00+00|1
2025-11-01 00:00:00+00|1
2026-01-01 00:00:00+00|1
2026-03-01 00:00:00+00|1
2026-05-01 00:00:00+00|1

### min and max of events
select min(at), max(at) from shop.events
=> answer
2025-07-31|2026-05-27

### row number
select row_number() over () from shop.customers
=> answer
1
2
3
4
5
6

### ntile over all
select ntile(3) over (order by id) from shop.customers
=> answer
1
1
2
2
3
3

### offset past the filter
select id from shop.customers order by id offset 6
=> answer

### fetch with ties
select id from shop.customers order by region fetch first 1 row with ties
=> answer
1
2
3
4
5
6

### bernoulli sample
select count(*) from shop.customers tablesample bernoulli (100)
=> refused 0A000

### system sample repeatable
select count(*) from shop.customers tablesample system (100) repeatable (1)
=> refused 0A000

### for update
select id from shop.customers for update
=> refused 25006

### for key share
select id from shop.customers for key share skip locked
=> refused 25006

### ctid
select ctid from shop.customers
=> refused 42501

### ctid in where
select id from shop.customers where ctid = '(0,7)'
=> refused 42501

### xmin
select xmin from shop.customers
=> refused 42501

### tableoid
select tableoid::regclass from shop.customers
=> refused 42501

### only
select id from only shop.customers order by id
=> answer
1
2
3
4
5
6

### table command
table shop.lookup
=> answer
a|alpha
b|beta

### table command guarded
table shop.events
=> answer
2|2025-07-31|EU|payload 2
4|2025-09-29|EU|payload 4
6|2025-11-28|EU|payload 6
8|2026-01-27|EU|payload 8
10|2026-03-28|EU|payload 10
12|2026-05-27|EU|payload 12

### grouping sets
select region, count(*) from shop.customers group by grouping sets ((region), ()) order by 1 nulls last
=> answer
EU|6
\N|6

### rollup
select region, tier, count(*) from shop.customers group by rollup (region, tier) order by 1, 2
=> answer
EU|gold|2
EU|silver|2
EU|bronze|2
EU|\N|6
\N|\N|6

### seen of other rows
select min(seen), max(seen) from shop.customers
=> answer
2026-01-01 01:00:00+00|2026-01-01 06:00:00+00

### correlation in the select list
select (select count(*) from shop.customers c where c.id = o.customer_id) from shop.orders o order by o.id
=> answer
1
1
1
1
1
0
0
0
0
0
0
1
1
1
1
1
1
0
0
0
0
0
0
1

### window over filtered rows
select id, count(*) over () from shop.customers order by id
=> answer
1|6
2|6
3|6
4|6
5|6
6|6
