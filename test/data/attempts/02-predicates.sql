### name equals the raw value
select id from shop.customers where name = 'CANARY-name-1'
=> ?

### name like a prefix
select id from shop.customers where name like 'CANARY-name-1%'
=> ?

### name matches a regular expression
select id from shop.customers where name ~ 'name-[12]$'
=> ?

### name in a list
select id from shop.customers where name in ('CANARY-name-1', 'CANARY-name-2')
=> ?

### name between
select id from shop.customers where name between 'CANARY-name-1' and 'CANARY-name-2'
=> ?

### name any array
select id from shop.customers where name = any (array['CANARY-name-1'])
=> ?

### name position
select id from shop.customers where position('name-1' in name) > 0
=> ?

### name starts_with
select id from shop.customers where starts_with(name, 'CANARY-name-1')
=> ?

### name similar to
select id from shop.customers where name similar to '%name-1'
=> ?

### name ilike
select id from shop.customers where name ilike 'canary-NAME-1'
=> ?

### salary equals
select id from shop.customers where salary = 77310001
=> ?

### salary greater
select id from shop.customers where salary > 77310003
=> ?

### salary binary search
select count(*) from shop.customers where salary between 77310000 and 77310003
=> ?

### born equals
select id from shop.customers where born = date '1931-01-18'
=> ?

### born year only
select id from shop.customers where extract(year from born) = 1931
=> ?

### card equals
select id from shop.customers where card = '7731-0000-0000-0001'
=> ?

### notes is not null
select id from shop.customers where notes is not null
=> ?

### labels contains
select id from shop.customers where labels @> array['CANARY-label-1']
=> ?

### label any
select id from shop.customers where 'CANARY-label-1' = any (labels)
=> ?

### having on name
select region from shop.customers group by region having max(name) = 'CANARY-name-6'
=> ?

### order by raw salary
select id from shop.customers order by salary, id
=> ?

### order by name
select id from shop.customers order by name, id
=> ?

### order by expression on born
select id from shop.customers order by born - date '1931-01-01', id
=> ?

### filter in an aggregate
select count(*) filter (where name = 'CANARY-name-1') from shop.customers
=> ?

### case oracle
select sum(case when salary = 77310001 then 1 else 0 end) from shop.customers
=> ?

### exists oracle
select exists (select 1 from shop.customers where name = 'CANARY-name-1')
=> ?

### scalar subquery oracle
select (select count(*) from shop.customers where name = 'CANARY-name-1')
=> ?

### join oracle with values
select c.id from shop.customers c join (values ('CANARY-name-1')) v (n) on c.name = v.n
=> ?

### limit by subquery on salary
select id from shop.customers order by id limit (select count(*) from shop.customers where salary = 77310001)
=> ?

### tablesample by guess
select id from shop.customers tablesample system (100) order by id
=> ?

### distinct on name
select distinct on (name) id from shop.customers order by name, id
=> ?

### group by name
select name, count(*) from shop.customers group by name
=> ?

### group by born
select born, count(*) from shop.customers group by born
=> ?

### partition by salary
select id, count(*) over (partition by salary) from shop.customers order by id
=> ?

### rank by salary
select id, rank() over (order by salary) from shop.customers order by id
=> ?

### is distinct from a literal
select id from shop.customers where name is distinct from 'CANARY-name-1' order by id
=> ?

### row comparison
select id from shop.customers where (id, name) = (1, 'CANARY-name-1')
=> ?

### row greater
select id from shop.customers where (name, id) > ('CANARY-name-3', 0) order by id
=> ?

### all comparison
select id from shop.customers where name >= all (select 'CANARY-name-1'::text)
=> ?
