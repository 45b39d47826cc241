### contact upper
select upper(contact) from shop.customers
=> ?

### contact cast
select contact::varchar from shop.customers
=> ?

### contact bytea
select contact::bytea from shop.customers
=> ?

### contact concatenated
select contact || '' from shop.customers
=> ?

### contact like
select id from shop.customers where contact like 'CANARY%'
=> ?

### contact equals a literal
select id from shop.customers where contact = 'CANARY-contact-1@example.test'
=> ?

### contact equals itself
select count(*) from shop.customers where contact = contact
=> ?

### contact ordered
select id from shop.customers order by contact
=> ?

### contact output ordered by position
select contact from shop.customers order by 1
=> ?

### contact max
select max(contact) from shop.customers
=> ?

### contact length
select length(contact) from shop.customers
=> ?

### contact in an array
select array[contact] from shop.customers
=> ?

### contact aggregated
select array_agg(contact) from shop.customers
=> ?

### contact in json
select to_json(contact) from shop.customers
=> ?

### contact in a case
select case when id = 1 then contact else '' end from shop.customers
=> ?

### contact in coalesce
select coalesce(contact, '') from shop.customers
=> ?

### contact in a scalar subquery
select (select contact from shop.customers where id = 1)
=> ?

### contact compared in a scalar subquery
select (select contact from shop.customers where id = 1) = 'CANARY-contact-1@example.test'
=> ?

### contact in exists
select exists (select contact from shop.customers)
=> ?

### contact in in
select id from shop.customers where contact in ('CANARY-contact-1@example.test')
=> ?

### contact in any
select id from shop.customers where contact = any (array['CANARY-contact-1@example.test'])
=> ?

### contact not null
select count(*) from shop.customers where contact is not null
=> ?

### contact counted
select count(contact), count(distinct contact) from shop.customers
=> ?

### contact grouped count
select count(*) from shop.customers group by contact
=> ?

### contact window
select count(*) over (partition by contact) from shop.customers
=> ?

### contact window ordered
select row_number() over (order by contact) from shop.customers
=> ?

### contact first_value
select first_value(contact) over (order by id) from shop.customers
=> ?

### contact lag
select lag(contact) over (order by id) from shop.customers
=> ?

### contact union literal
select contact from shop.customers union all select 'x'
=> ?

### contact union ssn
select contact from shop.customers union all select ssn from shop.customers
=> ?

### contact except itself
select contact from shop.customers except select contact from shop.customers
=> ?

### contact in values
values ((select contact from shop.customers where id = 1))
=> ?

### contact in xml
select xmlelement(name x, contact) from shop.customers
=> ?

### contact in format
select format('%s', contact) from shop.customers
=> ?

### contact in row
select row(contact) from shop.customers
=> ?

### contact within group
select mode() within group (order by contact) from shop.customers
=> ?

### contact in a lateral function
select u from shop.customers, unnest(string_to_array(contact, '@')) u
=> ?

### contact in a join with literal values
select 1 from shop.customers c join (values ('CANARY-contact-1@example.test')) v (x) on v.x = c.contact
=> ?

### contact through using with a literal
select contact from shop.customers join (values ('CANARY-contact-1@example.test')) v (contact) using (contact)
=> ?

### contact through recursive
with recursive r as (select contact from shop.customers union all select contact || 'x' from r where false) select * from r
=> ?

### contact in limit
select 1 limit (select length(contact) from shop.customers where id = 1)
=> ?

### contact in a filter
select count(*) filter (where contact > 'a') from shop.customers
=> ?

### contact between
select id from shop.customers where contact between 'C' and 'D'
=> ?

### contact greatest
select greatest(contact, 'a') from shop.customers
=> ?

### contact nullif
select nullif(contact, 'a') from shop.customers
=> ?

### contact collate
select contact collate "C" from shop.customers
=> ?

### contact string_agg
select string_agg(contact, ',') from shop.customers
=> ?

### contact distinct on
select distinct on (contact) id from shop.customers
=> ?

### contact subquery alias
select x.c || '' from (select contact as c from shop.customers) x
=> ?

### contact cte alias
with x (c) as (select contact from shop.customers) select upper(c) from x
=> ?

### contact join merged column in full join
select upper(contact) from shop.customers a full join shop.customers b using (contact)
=> ?

### ssn substring
select right(ssn, 4) from shop.customers
=> ?

### ssn cast to int
select replace(ssn, '-', '')::int from shop.customers
=> ?

### ssn equals a guess
select id from shop.customers where ssn = '771-31-0001'
=> ?

### ssn join with contact
select count(*) from shop.customers a join shop.customers b on a.ssn = b.contact
=> ?

### ssn in returning order
select ssn from shop.customers order by ssn
=> ?

### ssn group having
select count(*) from shop.customers group by ssn having ssn > '5'
=> ?

### ssn compared by row
select id from shop.customers where (ssn, id) = ('771-31-0001', 1)
=> ?
