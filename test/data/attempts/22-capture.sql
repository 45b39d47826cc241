### star in a scalar subquery that lends its column's name
select c.ssn, (select ssn||'' from (select (select ssn.* from (select 'x'::text as a) as ssn)) as q) from shop.claims c
=> refused 42501

### cast of a subquery without a name
select (select text || '' from (select (select 1)::text, c.ssn as x from shop.claims c) as q(y) limit 1) from (select 'x'::text as text) o
=> answer
x

### union under a cast
select c.ssn, (select ssn||'' from (select (select null::date union select null)::text) as q) from (select ssn as ssn from shop.claims) c
=> refused 42501

### with query that lends its column's name
select c.ssn, (select ssn||'' from (select (with ssn as (select 1 as b) select * from ssn)) as q) from shop.claims c
=> refused 42501

### case that takes the name of a subquery
select c.ssn, (select "case"||'' from (select case when true then null else (select 1) end) as q) from shop.claims c, (select 'x'::text as "case") o
=> answer
210-13-1070|x
659-21-2169|x
119-42-2225|x
981-54-8136|x
999-59-4445|x
574-27-5910|x
719-66-3300|x
980-28-1907|x

### with query named by a star
select c.ssn, (with q as (select (select ssn.* from (select 'x'::text as a) as ssn)) select ssn||'' from q) from shop.claims c
=> refused 42501

### words of a text search vector
select (select ssn || '' from (select u.*, c.ssn from unnest('a b'::tsvector) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### array of whole rows
select (select ssn || '' from (select u.*, c.ssn from shop.lookup l, unnest(array[l]) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### array of whole rows from a subquery
select (select ssn || '' from (select u.*, c.ssn from unnest((select array_agg(l) from shop.lookup l)) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### row populated in FROM
select (select ssn || '' from (select u.*, c.ssn from shop.lookup l, jsonb_populate_record(l, '{}') u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### rows populated in FROM
select (select ssn || '' from (select u.*, c.ssn from shop.lookup l, jsonb_populate_recordset(l, '[{}]') u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### natural join with words of a text search vector
select count(*) from (select ssn as lexeme from shop.claims) c natural join unnest('a b'::tsvector) u
=> refused 0A000

### several arrays, one of them of rows
select (select ssn || '' from (select u.*, c.ssn from shop.lookup l, unnest(array[1], array[l]) u, shop.claims c) q(a, b) limit 1) from (select 'x'::text as ssn) o
=> refused 0A000

### outer name behind a subquery without alias list
select (select ssn || '' from (select 1 as a) q limit 1) from shop.claims
=> refused 42501

### outer name hidden by a table of its name
select (select ssn || '' from (select 1 as a) claims limit 1) from shop.claims
=> refused 42501

### outer name of a merged column
select (select ssn || '' from shop.lookup limit 1) from shop.claims a join (select ssn from shop.claims) b using (ssn)
=> refused 42501

### everything of an open table twice over
select l.*, (l).*, l from shop.lookup l order by 1
=> answer
a|alpha|a|alpha|(a,alpha)
b|beta|b|beta|(b,beta)

### open table joined naturally
select * from shop.lookup natural join shop.lookup as m order by 1
=> answer
a|alpha
b|beta
