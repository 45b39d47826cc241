### the masked columns themselves
select id, region, name, email, card, salary, born, notes, tier, labels, credit from shop.customers order by id
=> ?

### star
select * from shop.lookup order by code
=> ?

### star over a guarded table without its stream columns
select id, name, card from (select * from shop.customers) s order by id
=> ?

### hidden column by name
select profile from shop.customers
=> ?

### hidden column through alias
select c.profile from shop.customers c
=> ?

### hidden column in where
select id from shop.customers where profile is not null
=> ?

### hidden column in order by
select id from shop.customers order by profile
=> ?

### hidden column in group by
select count(*) from shop.customers group by profile
=> ?

### hidden column quoted
select "profile" from shop.customers
=> ?

### hidden column as json path
select profile->>'phone' from shop.customers
=> ?

### name through concatenation
select name || '' from shop.customers order by id
=> ?

### name through upper
select upper(name) from shop.customers order by id
=> ?

### name through substring
select substring(name from 2 for 20) from shop.customers order by id
=> ?

### name through reverse
select reverse(name) from shop.customers order by id
=> ?

### name through cast to bytea
select convert_to(name, 'UTF8') from shop.customers order by id
=> ?

### name through md5
select md5(name) = md5('CANARY-name-1') from shop.customers where id = 1
=> ?

### name through length
select id, length(name) from shop.customers order by id
=> ?

### name through case
select case when name like 'CANARY%' then 'yes' else 'no' end from shop.customers order by id
=> ?

### name through coalesce
select coalesce(name, 'none') from shop.customers order by id
=> ?

### name through nullif
select nullif(name, 'x') from shop.customers order by id
=> ?

### name through greatest
select greatest(name, '') from shop.customers order by id
=> ?

### name through array
select array[name] from shop.customers order by id
=> ?

### name through array_agg
select array_agg(name) from shop.customers
=> ?

### name through string_agg
select string_agg(name, ',') from shop.customers
=> ?

### name through json
select to_json(name) from shop.customers order by id
=> ?

### name through jsonb_build_object
select jsonb_build_object('n', name) from shop.customers order by id
=> ?

### name through format
select format('%s', name) from shop.customers order by id
=> ?

### name through quote_literal
select quote_literal(name) from shop.customers order by id
=> ?

### name through regexp_replace
select regexp_replace(name, '^', 'x') from shop.customers order by id
=> ?

### name through regexp_matches
select regexp_matches(name, '.*') from shop.customers order by id
=> ?

### name through string_to_table
select string_to_table(name, '-') from shop.customers order by id
=> ?

### name through to_tsvector
select to_tsvector('simple', name) from shop.customers order by id
=> ?

### name through encode
select encode(name::bytea, 'hex') from shop.customers order by id
=> ?

### name through window
select first_value(name) over (order by id) from shop.customers
=> ?

### name through lag
select lag(name) over (order by id) from shop.customers
=> ?

### name through max
select max(name), min(name) from shop.customers
=> ?

### name through mode
select mode() within group (order by name) from shop.customers
=> ?

### name through percentile_disc
select percentile_disc(0.5) within group (order by name) from shop.customers
=> ?

### name through collate
select name collate "C" from shop.customers order by id
=> ?

### name through varchar cast
select name::varchar from shop.customers order by id
=> ?

### name through xml
select xmlelement(name x, name) from shop.customers order by id
=> ?

### name through xmlforest
select xmlforest(name) from shop.customers order by id
=> ?

### name through row
select row(name) from shop.customers order by id
=> ?

### name through unnest
select unnest(array[name]) from shop.customers order by id
=> ?

### name through generate_series bounds
select generate_series(1, length(name)) from shop.customers where id = 1
=> ?

### name through ascii
select ascii(substr(name, 2, 1)) from shop.customers order by id
=> ?

### name through overlay
select overlay(name placing 'Z' from 1 for 1) from shop.customers order by id
=> ?

### name through split_part
select split_part(name, '-', 2) from shop.customers order by id
=> ?

### name through translate
select translate(name, 'C', 'c') from shop.customers order by id
=> ?

### name through hashtext
select hashtext(name) = hashtext('CANARY-name-1') from shop.customers where id = 1
=> ?

### name through sha256
select sha256(name::bytea) = sha256('CANARY-name-1') from shop.customers where id = 1
=> ?

### salary through arithmetic
select id, salary + 0, salary * 1 from shop.customers order by id
=> ?

### salary through sum and average
select sum(salary), avg(salary) from shop.customers
=> ?

### salary through stddev
select stddev(salary), variance(salary) from shop.customers
=> ?

### salary through modulo
select salary % 1000 from shop.customers order by id
=> ?

### salary through bit operations
select salary & 255 from shop.customers order by id
=> ?

### salary through text
select salary::text from shop.customers order by id
=> ?

### salary through to_char
select to_char(salary, '999999999') from shop.customers order by id
=> ?

### salary through width_bucket
select width_bucket(salary, 77310000, 77310012, 12) from shop.customers order by id
=> ?

### born through extract
select extract(day from born), extract(doy from born) from shop.customers order by id
=> ?

### born through age
select age(date '2026-01-01', born) from shop.customers order by id
=> ?

### born through date_trunc
select date_trunc('day', born) from shop.customers order by id
=> ?

### born through to_char
select to_char(born, 'YYYY-MM-DD') from shop.customers order by id
=> ?

### born through subtraction
select born - date '1931-01-01' from shop.customers order by id
=> ?

### credit through trunc
select trunc(credit, 2), scale(credit) from shop.customers order by id
=> ?

### card through right
select right(card, 4) from shop.customers order by id
=> ?

### notes through text search
select notes @@ 'canary' from shop.customers order by id
=> ?

### labels element
select labels[1] from shop.customers order by id
=> ?

### labels through unnest
select unnest(labels) from shop.customers
=> ?

### labels through array_to_string
select array_to_string(labels, ',') from shop.customers order by id
=> ?

### code is clear for visible rows only
select code from shop.customers order by id
=> ?

### tier through enum_range
select enum_range(tier) from shop.customers order by id
=> ?

### email of a domain type falls back to null
select email from shop.customers order by id
=> ?
