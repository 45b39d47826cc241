### name equals the raw value
select id from shop.customers where name = 'CANARY-name-1'
=> answer

### name like a prefix
select id from shop.customers where name like 'CANARY-name-1%'
=> answer

### name matches a regular expression
select id from shop.customers where name ~ 'name-[12]$'
=> answer

### name in a list
select id from shop.customers where name in ('CANARY-name-1', 'CANARY-name-2')
=> answer

### name between
select id from shop.customers where name between 'CANARY-name-1' and 'CANARY-name-2'
=> answer

### name any array
select id from shop.customers where name = any (array['CANARY-name-1'])
=> answer

### name position
select id from shop.customers where position('name-1' in name) > 0
=> answer

### name starts_with
select id from shop.customers where starts_with(name, 'CANARY-name-1')
=> answer

### name similar to
select id from shop.customers where name similar to '%name-1'
=> answer

### name ilike
select id from shop.customers where name ilike 'canary-NAME-1'
=> answer

### salary equals
select id from shop.customers where salary = 77310001
=> answer

### salary greater
select id from shop.customers where salary > 77310003
=> answer

### salary binary search
select count(*) from shop.customers where salary between 77310000 and 77310003
=> answer
0

### born equals
select id from shop.customers where born = date '1931-01-18'
=> answer

### born year only
select id from shop.customers where extract(year from born) = 1931
=> answer

### card equals
select id from shop.customers where card = '7731-0000-0000-0001'
=> answer

### notes is not null
select id from shop.customers where notes is not null
=> answer

### labels contains
select id from shop.customers where labels @> array['CANARY-label-1']
=> answer

### label any
select id from shop.customers where 'CANARY-label-1' = any (labels)
=> answer

### having on name
select region from shop.customers group by region having max(name) = 'CANARY-name-6'
=> answer

### order by raw salary
select id from shop.customers order by salary, id
=> answer
1
2
3
4
5
6

### order by name
select id from shop.customers order by name, id
=> answer
1
2
3
4
5
6

### order by expression on born
select id from shop.customers order by born - date '1931-01-01', id
=> answer
1
2
3
4
5
6

### filter in an aggregate
select count(*) filter (where name = 'CANARY-name-1') from shop.customers
=> answer
0

### case oracle
select sum(case when salary = 77310001 then 1 else 0 end) from shop.customers
=> answer
0

### exists oracle
select exists (select 1 from shop.customers where name = 'CANARY-name-1')
=> answer
f

### scalar subquery oracle
select (select count(*) from shop.customers where name = 'CANARY-name-1')
=> answer
0

### join oracle with values
select c.id from shop.customers c join (values ('CANARY-name-1')) v (n) on c.name = v.n
=> answer

### limit by subquery on salary
select id from shop.customers order by id limit (select count(*) from shop.customers where salary = 77310001)
=> answer

### tablesample by guess
select id from shop.customers tablesample system (100) order by id
=> refused 0A000

### distinct on name
select distinct on (name) id from shop.customers order by name, id
=> answer
1

### group by name
select name, count(*) from shop.customers group by name
=> answer
C************|6

### group by born
select born, count(*) from shop.customers group by born
=> answer
1900-01-01|6

### partition by salary
select id, count(*) over (partition by salary) from shop.customers order by id
=> answer
1|6
2|6
3|6
4|6
5|6
6|6

### rank by salary
select id, rank() over (order by salary) from shop.customers order by id
=> answer
1|1
2|1
3|1
4|1
5|1
6|1

### is distinct from a literal
select id from shop.customers where name is distinct from 'CANARY-name-1' order by id
=> answer
1
2
3
4
5
6

### row comparison
select id from shop.customers where (id, name) = (1, 'CANARY-name-1')
=> answer

### row greater
select id from shop.customers where (name, id) > ('CANARY-name-3', 0) order by id
=> answer

### all comparison
select id from shop.customers where name >= all (select 'CANARY-name-1'::text)
=> answer
