### view of another owner
select * from shop.customer_names
=> ?

### view over the secret
select * from shop.payroll_view
=> ?

### materialized view
select * from shop.customer_copy
=> ?

### view through a subquery
select x.* from (select * from shop.customer_names) x
=> ?

### view through a cte
with v as (table shop.payroll_view) select * from v
=> ?

### create a view
create view v as select * from shop.customers
=> ?

### create or replace a view
create or replace view shop.customer_names as select * from secret.payroll
=> ?

### create a temp view
create temp view v as select name from shop.customers
=> ?

### refresh the copy
refresh materialized view shop.customer_copy
=> ?

### view definition by function
select pg_get_viewdef('shop.payroll_view'::regclass)
=> ?

### view definition by catalog
select definition from pg_views where viewname = 'payroll_view'
=> ?

### view definition by information_schema
select view_definition from information_schema.views
=> ?

### rules
select * from pg_rules
=> ?

### rewrite trees
select ev_action from pg_rewrite limit 1
=> ?

### policy views
select count(*) from pg_views where schemaname = 'privet_policy'
=> ?

### policy schema
select * from privet_policy.v_0000000000000000000000000000000000000000
=> ?

### policy schema tables
select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'privet_policy'
=> ?
