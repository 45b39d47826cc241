### self join on name
select a.id, b.id from shop.customers a join shop.customers b on a.name = b.name where a.id < b.id order by 1, 2
=> ?

### self join on salary
select count(*) from shop.customers a join shop.customers b on a.salary < b.salary
=> ?

### natural join
select count(*) from shop.customers natural join shop.orders
=> ?

### using id
select count(*) from shop.customers join shop.orders using (id)
=> ?

### using a masked column
select count(*) from shop.customers a join shop.customers b using (name)
=> ?

### using the hidden column
select count(*) from shop.customers a join shop.customers b using (profile)
=> ?

### join alias
select j.name from (shop.customers c join shop.orders o on o.customer_id = c.id) j order by j.name
=> ?

### using alias
select u.id from shop.customers join shop.orders using (id) as u order by 1
=> ?

### left join null rows
select o.id, c.name from shop.orders o left join shop.customers c on c.id = o.customer_id order by o.id
=> ?

### join on an inequality with raw salary
select o.id from shop.orders o join shop.customers c on o.amount > c.salary
=> ?

### join on ssn of two tables with different keys
select count(*) from shop.customers c join shop.claims k on c.ssn = k.ssn
=> ?

### join on ssn with itself
select count(*) from shop.customers a join shop.customers b on a.ssn = b.ssn
=> ?

### join on contact with itself
select count(*) from shop.customers a join shop.customers b using (contact)
=> ?

### join contact with name
select count(*) from shop.customers a join shop.customers b on a.contact = b.name
=> ?

### lateral with name
select l.n from shop.customers c, lateral (select c.name || 'x' as n) l order by c.id
=> ?

### semi join
select id from shop.orders o where exists (select from shop.customers c where c.id = o.customer_id and c.salary = 77310001)
=> ?

### cross join lateral unnest
select u from shop.customers, unnest(string_to_array(name, '-')) u order by id
=> ?

### join secret in the middle
select o.id from shop.orders o join secret.payroll p on p.id = o.id
=> ?
