### self join on name
select a.id, b.id from shop.customers a join shop.customers b on a.name = b.name where a.id < b.id order by 1, 2
=> answer
1|2
1|3
1|4
1|5
1|6
2|3
2|4
2|5
2|6
3|4
3|5
3|6
4|5
4|6
5|6

### self join on salary
select count(*) from shop.customers a join shop.customers b on a.salary < b.salary
=> answer
0

### natural join
select count(*) from shop.customers natural join shop.orders
=> answer
6

### using id
select count(*) from shop.customers join shop.orders using (id)
=> answer
6

### using a masked column
select count(*) from shop.customers a join shop.customers b using (name)
=> answer
36

### using the hidden column
select count(*) from shop.customers a join shop.customers b using (profile)
=> refused 42703

### join alias
select j.name from (shop.customers c join shop.orders o on o.customer_id = c.id) j order by j.name
=> answer
C************
C************
C************
C************
C************
C************
C************
C************
C************
C************
C************
C************

### using alias
select u.id from shop.customers join shop.orders using (id) as u order by 1
=> answer
1
2
3
4
5
6

### left join null rows
select o.id, c.name from shop.orders o left join shop.customers c on c.id = o.customer_id order by o.id
=> answer
1|C************
2|C************
3|C************
4|C************
5|C************
6|\N
7|\N
8|\N
9|\N
10|\N
11|\N
12|C************
13|C************
14|C************
15|C************
16|C************
17|C************
18|\N
19|\N
20|\N
21|\N
22|\N
23|\N
24|C************

### join on an inequality with raw salary
select o.id from shop.orders o join shop.customers c on o.amount > c.salary
=> answer
24
24
24
24
24
24
12
12
12
12
12
12
13
13
13
13
13
13
1
1
1
1
1
1
14
14
14
14
14
14
2
2
2
2
2
2
15
15
15
15
15
15
3
3
3
3
3
3
16
16
16
16
16
16
4
4
4
4
4
4
17
17
17
17
17
17
5
5
5
5
5
5
18
18
18
18
18
18
6
6
6
6
6
6
19
19
19
19
19
19
7
7
7
7
7
7
20
20
20
20
20
20
8
8
8
8
8
8
21
21
21
21
21
21
9
9
9
9
9
9
22
22
22
22
22
22
10
10
10
10
10
10
23
23
23
23
23
23
11
11
11
11
11
11

### join on ssn of two tables with different keys
select count(*) from shop.customers c join shop.claims k on c.ssn = k.ssn
=> refused 42501

### join on ssn with itself
select count(*) from shop.customers a join shop.customers b on a.ssn = b.ssn
=> answer
6

### join on contact with itself
select count(*) from shop.customers a join shop.customers b using (contact)
=> answer
6

### join contact with name
select count(*) from shop.customers a join shop.customers b on a.contact = b.name
=> refused 42501

### lateral with name
select l.n from shop.customers c, lateral (select c.name || 'x' as n) l order by c.id
=> answer
C************x
C************x
C************x
C************x
C************x
C************x

### semi join
select id from shop.orders o where exists (select from shop.customers c where c.id = o.customer_id and c.salary = 77310001)
=> answer

### cross join lateral unnest
select u from shop.customers, unnest(string_to_array(name, '-')) u order by id
=> answer
C************
C************
C************
C************
C************
C************

### join secret in the middle
select o.id from shop.orders o join secret.payroll p on p.id = o.id
=> refused 42P01
