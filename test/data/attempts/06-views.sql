### view of another owner
select * from shop.customer_names
=> refused 42P01

### view over the secret
select * from shop.payroll_view
=> refused 42P01

### materialized view
select * from shop.customer_copy
=> refused 42P01

### view through a subquery
select x.* from (select * from shop.customer_names) x
=> refused 42P01

### view through a cte
with v as (table shop.payroll_view) select * from v
=> refused 42P01

### create a view
create view v as select * from shop.customers
=> refused 25006

### create or replace a view
create or replace view shop.customer_names as select * from secret.payroll
=> refused 25006

### create a temp view
create temp view v as select name from shop.customers
=> refused 25006

### refresh the copy
refresh materialized view shop.customer_copy
=> refused 25006

### view definition by function
select pg_get_viewdef('shop.payroll_view'::regclass)
=> refused 42P01

### view definition by catalog
select definition from pg_views where viewname = 'payroll_view'
=> answer

### view definition by information_schema
select view_definition from information_schema.views
=> answer
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N
\N

### rules
select * from pg_rules
=> answer

### rewrite trees
select ev_action from pg_rewrite limit 1
=> answer

### policy views
select count(*) from pg_views where schemaname = 'privet_policy'
=> answer
0

### policy schema
select * from privet_policy.v_0000000000000000000000000000000000000000
=> refused 42P01

### policy schema tables
select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'privet_policy'
=> answer
0
