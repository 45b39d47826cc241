### cast of name to integer
select name::int from shop.customers
=> refused 22P02

### cast of name to integer in where
select id from shop.customers where name::int = 0
=> refused 22P02

### cast of a filtered row
select id from shop.customers where id > 6 and code::int = 0
=> answer

### cast to date
select name::date from shop.customers
=> refused 22007

### cast to uuid
select name::uuid from shop.customers
=> refused 22P02

### cast to json
select name::json from shop.customers
=> refused 22P02

### cast to xml
select ('<' || name)::xml from shop.customers
=> refused 2200N

### cast to regclass
select name::regclass from shop.customers
=> refused 42501

### cast to inet
select name::inet from shop.customers
=> refused 22P02

### cast to tier
select name::shop.tier from shop.customers
=> refused 42704

### cast of notes to integer
select notes::int from shop.customers
=> answer
\N
\N
\N
\N
\N
\N

### division by a hidden row
select 1 / (id - 7) from shop.customers order by id
=> answer
0
0
0
0
0
-1

### division by zero on salary
select case when salary = 77310001 then 1 / 0 end from shop.customers
=> refused 22012

### division in where on a filtered row
select id from shop.customers where case when region = 'US' then 1 / 0 = 0 else true end order by id
=> refused 22012

### overflow on salary
select (salary * 100)::int from shop.customers
=> answer
0
0
0
0
0
0

### overflow on a filtered row
select id * 100 from shop.customers order by id
=> answer
100
200
300
400
500
600

### cast of region of filtered rows
select id from shop.customers where (case when region = 'US' then region else '1' end)::int = 1 order by id
=> answer
1
2
3
4
5
6

### to_number
select to_number(name, '999') from shop.customers
=> refused 22P02

### regular expression from data
select 'x' ~ name from shop.customers
=> refused 2201B

### array bounds
select (array[1])[salary] from shop.customers order by id
=> answer
\N
\N
\N
\N
\N
\N

### substring with negative length
select substring('x' from 1 for (id - 9)) from shop.customers order by id
=> refused 22011

### repeat by salary
select length(repeat('x', salary)) from shop.customers
=> answer
0
0
0
0
0
0

### make_date from salary
select make_date(salary, 1, 1) from shop.customers
=> refused 22008

### chr from salary
select chr(salary) from shop.customers
=> refused 54000

### numeric precision
select credit::numeric(3, 2) from shop.customers
=> answer
0.00
0.00
0.00
0.00
0.00
0.00

### domain check
select name::shop.email from shop.customers
=> refused 42704

### scalar subquery with many rows
select (select name from shop.customers)
=> refused 21000

### error with a literal of the client
select 'my own words'::int
=> refused 22P02

### json path error
select jsonb_path_query(to_jsonb(name), 'strict $.a') from shop.customers
=> refused 2203A

### interval cast
select name::interval from shop.customers
=> refused 22007

### raise by a function of the database
select shop.loud(name) from shop.customers
=> refused 42883
