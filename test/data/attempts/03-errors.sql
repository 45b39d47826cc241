### cast of name to integer
select name::int from shop.customers
=> ?

### cast of name to integer in where
select id from shop.customers where name::int = 0
=> ?

### cast of a filtered row
select id from shop.customers where id > 6 and code::int = 0
=> ?

### cast to date
select name::date from shop.customers
=> ?

### cast to uuid
select name::uuid from shop.customers
=> ?

### cast to json
select name::json from shop.customers
=> ?

### cast to xml
select ('<' || name)::xml from shop.customers
=> ?

### cast to regclass
select name::regclass from shop.customers
=> ?

### cast to inet
select name::inet from shop.customers
=> ?

### cast to tier
select name::shop.tier from shop.customers
=> ?

### cast of notes to integer
select notes::int from shop.customers
=> ?

### division by a hidden row
select 1 / (id - 7) from shop.customers order by id
=> ?

### division by zero on salary
select case when salary = 77310001 then 1 / 0 end from shop.customers
=> ?

### division in where on a filtered row
select id from shop.customers where case when region = 'US' then 1 / 0 = 0 else true end order by id
=> ?

### overflow on salary
select (salary * 100)::int from shop.customers
=> ?

### overflow on a filtered row
select id * 100 from shop.customers order by id
=> ?

### cast of region of filtered rows
select id from shop.customers where (case when region = 'US' then region else '1' end)::int = 1 order by id
=> ?

### to_number
select to_number(name, '999') from shop.customers
=> ?

### regular expression from data
select 'x' ~ name from shop.customers
=> ?

### array bounds
select (array[1])[salary] from shop.customers order by id
=> ?

### substring with negative length
select substring('x' from 1 for (id - 9)) from shop.customers order by id
=> ?

### repeat by salary
select length(repeat('x', salary)) from shop.customers
=> ?

### make_date from salary
select make_date(salary, 1, 1) from shop.customers
=> ?

### chr from salary
select chr(salary) from shop.customers
=> ?

### numeric precision
select credit::numeric(3, 2) from shop.customers
=> ?

### domain check
select name::shop.email from shop.customers
=> ?

### scalar subquery with many rows
select (select name from shop.customers)
=> ?

### error with a literal of the client
select 'my own words'::int
=> ?

### json path error
select jsonb_path_query(to_jsonb(name), 'strict $.a') from shop.customers
=> ?

### interval cast
select name::interval from shop.customers
=> ?

### raise by a function of the database
select shop.loud(name) from shop.customers
=> ?
