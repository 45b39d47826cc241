### whole row
select c from shop.customers c
=> ?

### whole row of an open table
select l from shop.lookup l order by code
=> ?

### whole row of events
select e from shop.events e order by id
=> ?

### row_to_json
select row_to_json(c) from shop.customers c
=> ?

### row_to_json of events
select row_to_json(e) from shop.events e order by id
=> ?

### to_jsonb of a subquery
select to_jsonb(s) from (select id, name from shop.customers) s order by id
=> ?

### star in row
select row(e.*) from shop.events e order by id
=> ?

### field of a row
select (c).name from shop.customers c order by id
=> ?

### hidden field of a row
select (c).profile from shop.customers c
=> ?

### all fields of a row
select (e).* from shop.events e order by id
=> ?

### row cast to text
select e::text from shop.events e order by id
=> ?

### row cast to text with stream columns
select c::text from shop.customers c
=> ?

### row compared with a row
select count(*) from shop.events e where e = e
=> ?

### row is null
select count(*) from shop.customers c where c is null
=> ?

### count of rows
select count(c) from shop.customers c
=> ?

### count star and row
select count(e) from shop.events e
=> ?

### array of rows
select array_agg(e) from shop.events e
=> ?

### distinct rows
select count(distinct e) from shop.events e
=> ?

### order by row
select id from shop.events e order by e
=> ?

### row in a function
select jsonb_agg(e) from shop.events e
=> ?

### row to hstore
select hstore(e) from shop.events e
=> ?

### json_populate from row
select json_populate_record(e, '{"id": 5}') from shop.events e
=> ?

### group by row
select count(*) from shop.events e group by e
=> ?

### row concat
select e || '' from shop.events e
=> ?

### coalesce row
select coalesce(c, null) from shop.customers c
=> ?

### hash of a row
select hash_record(e) from shop.events e
=> ?
