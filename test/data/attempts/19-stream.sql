### contact upper
select upper(contact) from shop.customers
=> refused 42501

### contact cast
select contact::varchar from shop.customers
=> refused 42501

### contact bytea
select contact::bytea from shop.customers
=> refused 42501

### contact concatenated
select contact || '' from shop.customers
=> refused 42501

### contact like
select id from shop.customers where contact like 'CANARY%'
=> refused 42501

### contact equals a literal
select id from shop.customers where contact = 'CANARY-contact-1@example.test'
=> refused 42501

### contact equals itself
select count(*) from shop.customers where contact = contact
=> answer
6

### contact ordered
select id from shop.customers order by contact
=> refused 42501

### contact output ordered by position
select contact from shop.customers order by 1
=> refused 42501

### contact max
select max(contact) from shop.customers
=> refused 42501

### contact length
select length(contact) from shop.customers
=> refused 42501

### contact in an array
select array[contact] from shop.customers
=> refused 42501

### contact aggregated
select array_agg(contact) from shop.customers
=> refused 42501

### contact in json
select to_json(contact) from shop.customers
=> refused 42501

### contact in a case
select case when id = 1 then contact else '' end from shop.customers
=> refused 42501

### contact in coalesce
select coalesce(contact, '') from shop.customers
=> refused 42501

### contact in a scalar subquery
select (select contact from shop.customers where id = 1)
=> refused 42501

### contact compared in a scalar subquery
select (select contact from shop.customers where id = 1) = 'CANARY-contact-1@example.test'
=> refused 42501

### contact in exists
select exists (select contact from shop.customers)
=> answer
t

### contact in in
select id from shop.customers where contact in ('CANARY-contact-1@example.test')
=> refused 42501

### contact in any
select id from shop.customers where contact = any (array['CANARY-contact-1@example.test'])
=> refused 42501

### contact not null
select count(*) from shop.customers where contact is not null
=> answer
6

### contact counted
select count(contact), count(distinct contact) from shop.customers
=> answer
6|6

### contact grouped count
select count(*) from shop.customers group by contact
=> answer
1
1
1
1
1
1

### contact window
select count(*) over (partition by contact) from shop.customers
=> refused 42501

### contact window ordered
select row_number() over (order by contact) from shop.customers
=> refused 42501

### contact first_value
select first_value(contact) over (order by id) from shop.customers
=> refused 42501

### contact lag
select lag(contact) over (order by id) from shop.customers
=> refused 42501

### contact union literal
select contact from shop.customers union all select 'x'
=> refused 42501

### contact union ssn
select contact from shop.customers union all select ssn from shop.customers
=> refused 42501

### contact except itself
select contact from shop.customers except select contact from shop.customers
=> answer

### contact in values
values ((select contact from shop.customers where id = 1))
=> refused 42501

### contact in xml
select xmlelement(name x, contact) from shop.customers
=> refused 42501

### contact in format
select format('%s', contact) from shop.customers
=> refused 42501

### contact in row
select row(contact) from shop.customers
=> refused 42501

### contact within group
select mode() within group (order by contact) from shop.customers
=> refused 42501

### contact in a lateral function
select u from shop.customers, unnest(string_to_array(contact, '@')) u
=> refused 42501

### contact in a join with literal values
select 1 from shop.customers c join (values ('CANARY-contact-1@example.test')) v (x) on v.x = c.contact
=> refused 42501

### contact through using with a literal
select contact from shop.customers join (values ('CANARY-contact-1@example.test')) v (contact) using (contact)
=> refused 42501

### contact through recursive
with recursive r as (select contact from shop.customers union all select contact || 'x' from r where false) select * from r
=> refused 42501

### contact in limit
select 1 limit (select length(contact) from shop.customers where id = 1)
=> refused 42501

### contact in a filter
select count(*) filter (where contact > 'a') from shop.customers
=> refused 42501

### contact between
select id from shop.customers where contact between 'C' and 'D'
=> refused 42501

### contact greatest
select greatest(contact, 'a') from shop.customers
=> refused 42501

### contact nullif
select nullif(contact, 'a') from shop.customers
=> refused 42501

### contact collate
select contact collate "C" from shop.customers
=> refused 42501

### contact string_agg
select string_agg(contact, ',') from shop.customers
=> refused 42501

### contact distinct on
select distinct on (contact) id from shop.customers
=> refused 42501

### contact subquery alias
select x.c || '' from (select contact as c from shop.customers) x
=> refused 42501

### contact cte alias
with x (c) as (select contact from shop.customers) select upper(c) from x
=> refused 42501

### contact join merged column in full join
select upper(contact) from shop.customers a full join shop.customers b using (contact)
=> refused 42501

### ssn substring
select right(ssn, 4) from shop.customers
=> refused 42501

### ssn cast to int
select replace(ssn, '-', '')::int from shop.customers
=> refused 42501

### ssn equals a guess
select id from shop.customers where ssn = '771-31-0001'
=> refused 42501

### ssn join with contact
select count(*) from shop.customers a join shop.customers b on a.ssn = b.contact
=> refused 42501

### ssn in returning order
select ssn from shop.customers order by ssn
=> refused 42501

### ssn group having
select count(*) from shop.customers group by ssn having ssn > '5'
=> refused 42501

### ssn compared by row
select id from shop.customers where (ssn, id) = ('771-31-0001', 1)
=> refused 42501
