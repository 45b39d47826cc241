### insert
insert into shop.lookup values ('c', 'c')
=> ?

### insert returning
insert into shop.customers (id, region, name, email, contact) values (1, 'EU', '', 'a@b', '') returning *
=> ?

### insert on conflict
insert into shop.customers (id, region, name, email, contact) values (1, 'EU', '', 'a@b', '') on conflict (id) do update set name = excluded.name returning name
=> ?

### insert select
insert into shop.lookup select name, email from shop.customers
=> ?

### update
update shop.customers set code = name
=> ?

### update returning
update shop.customers set code = code returning name, ssn
=> ?

### delete returning
delete from shop.customers returning *
=> ?

### merge
merge into shop.lookup l using shop.customers c on l.code = c.name when matched then delete
=> ?

### truncate
truncate shop.lookup
=> ?

### writing cte
with x as (delete from shop.lookup returning *) select * from x
=> ?

### writing cte over guarded
with x as (update shop.customers set code = code returning *) select name from x
=> ?

### create table as
create table shop.x as select * from shop.customers
=> ?

### select into
select * into shop.x from shop.customers
=> ?

### select into temp
select name into temp x from shop.customers
=> ?

### create table
create table shop.x (id int)
=> ?

### create temp table like
create temp table x (like shop.customers)
=> ?

### create function
create function f() returns int language sql as 'select 1'
=> ?

### create temp function
create function pg_temp.f(text) returns int language plpgsql as 'begin raise notice ''%'', $1; return 1; end'
=> ?

### do block
do $$ begin raise notice '%', (select name from shop.customers limit 1); end $$
=> ?

### call
call shop.nothing()
=> ?

### create rule
create rule r as on select to shop.lookup do instead select * from secret.payroll
=> ?

### create trigger
create trigger t before insert on shop.lookup execute function shop.loud()
=> ?

### create cast
create cast (text as int) with inout
=> ?

### create operator
create operator === (leftarg = text, rightarg = text, function = texteq)
=> ?

### create type
create type t as (a int)
=> ?

### create index with a predicate
create index on shop.customers (length(name))
=> ?

### create statistics
create statistics s on name, salary from shop.customers
=> ?

### create server
create server s foreign data wrapper postgres_fdw
=> ?

### create extension
create extension pg_stat_statements
=> ?

### create publication
create publication p for all tables
=> ?

### create user
create user eve superuser
=> ?

### create schema
create schema x
=> ?

### create event trigger
create event trigger e on ddl_command_start execute function shop.loud()
=> ?

### alter table
alter table shop.lookup add column x int
=> ?

### alter role
alter role current_user set search_path = secret
=> ?

### alter role superuser
alter role current_user superuser
=> ?

### alter system
alter system set log_statement = 'all'
=> ?

### alter default privileges
alter default privileges grant select on tables to public
=> ?

### grant
grant select on secret.payroll to public
=> ?

### revoke
revoke all on shop.lookup from public
=> ?

### reassign
reassign owned by current_user to postgres
=> ?

### drop table
drop table shop.lookup
=> ?

### comment on
comment on table shop.lookup is 'CANARY'
=> ?

### security label
security label on table shop.lookup is 'x'
=> ?

### lock table
lock table shop.lookup in access exclusive mode
=> ?

### vacuum
vacuum shop.customers
=> ?

### analyze verbose
analyze verbose shop.customers
=> ?

### cluster
cluster verbose shop.customers
=> ?

### reindex
reindex table shop.customers
=> ?

### checkpoint
checkpoint
=> ?

### listen
listen c
=> ?

### notify
notify c, 'x'
=> ?

### unlisten
unlisten *
=> ?

### import foreign schema
import foreign schema public from server s into shop
=> ?

### two phase
prepare transaction 'x'
=> ?

### commit prepared
commit prepared 'x'
=> ?

### nextval as default
select nextval('shop.counter'::regclass)
=> ?
