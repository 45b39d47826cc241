### insert
insert into shop.lookup values ('c', 'c')
=> refused 25006

### insert returning
insert into shop.customers (id, region, name, email, contact) values (1, 'EU', '', 'a@b', '') returning *
=> refused 25006

### insert on conflict
insert into shop.customers (id, region, name, email, contact) values (1, 'EU', '', 'a@b', '') on conflict (id) do update set name = excluded.name returning name
=> refused 25006

### insert select
insert into shop.lookup select name, email from shop.customers
=> refused 25006

### update
update shop.customers set code = name
=> refused 25006

### update returning
update shop.customers set code = code returning name, ssn
=> refused 25006

### delete returning
delete from shop.customers returning *
=> refused 25006

### merge
merge into shop.lookup l using shop.customers c on l.code = c.name when matched then delete
=> refused 25006

### truncate
truncate shop.lookup
=> refused 25006

### writing cte
with x as (delete from shop.lookup returning *) select * from x
=> refused 25006

### writing cte over guarded
with x as (update shop.customers set code = code returning *) select name from x
=> refused 25006

### create table as
create table shop.x as select * from shop.customers
=> refused 25006

### select into
select * into shop.x from shop.customers
=> refused 25006

### select into temp
select name into temp x from shop.customers
=> refused 25006

### create table
create table shop.x (id int)
=> refused 25006

### create temp table like
create temp table x (like shop.customers)
=> refused 25006

### create function
create function f() returns int language sql as 'select 1'
=> refused 25006

### create temp function
create function pg_temp.f(text) returns int language plpgsql as 'begin raise notice ''%'', $1; return 1; end'
=> refused 25006

### do block
do $$ begin raise notice '%', (select name from shop.customers limit 1); end $$
=> refused 0A000

### call
call shop.nothing()
=> refused 0A000

### create rule
create rule r as on select to shop.lookup do instead select * from secret.payroll
=> refused 25006

### create trigger
create trigger t before insert on shop.lookup execute function shop.loud()
=> refused 25006

### create cast
create cast (text as int) with inout
=> refused 25006

### create operator
create operator === (leftarg = text, rightarg = text, function = texteq)
=> refused 25006

### create type
create type t as (a int)
=> refused 25006

### create index with a predicate
create index on shop.customers (length(name))
=> refused 25006

### create statistics
create statistics s on name, salary from shop.customers
=> refused 25006

### create server
create server s foreign data wrapper postgres_fdw
=> refused 25006

### create extension
create extension pg_stat_statements
=> refused 25006

### create publication
create publication p for all tables
=> refused 25006

### create user
create user eve superuser
=> refused 25006

### create schema
create schema x
=> refused 25006

### create event trigger
create event trigger e on ddl_command_start execute function shop.loud()
=> refused 25006

### alter table
alter table shop.lookup add column x int
=> refused 25006

### alter role
alter role current_user set search_path = secret
=> refused 25006

### alter role superuser
alter role current_user superuser
=> refused 25006

### alter system
alter system set log_statement = 'all'
=> refused 25006

### alter default privileges
alter default privileges grant select on tables to public
=> refused 25006

### grant
grant select on secret.payroll to public
=> refused 25006

### revoke
revoke all on shop.lookup from public
=> refused 25006

### reassign
reassign owned by current_user to postgres
=> refused 25006

### drop table
drop table shop.lookup
=> refused 25006

### comment on
comment on table shop.lookup is 'CANARY'
=> refused 25006

### security label
security label on table shop.lookup is 'x'
=> refused 25006

### lock table
lock table shop.lookup in access exclusive mode
=> refused 25006

### vacuum
vacuum shop.customers
=> refused 25006

### analyze verbose
analyze verbose shop.customers
=> refused 25006

### cluster
cluster verbose shop.customers
=> refused 25006

### reindex
reindex table shop.customers
=> refused 25006

### checkpoint
checkpoint
=> refused 0A000

### listen
listen c
=> refused 0A000

### notify
notify c, 'x'
=> refused 0A000

### unlisten
unlisten *
=> refused 0A000

### import foreign schema
import foreign schema public from server s into shop
=> refused 25006

### two phase
prepare transaction 'x'
=> refused 0A000

### commit prepared
commit prepared 'x'
=> refused 0A000

### nextval as default
select nextval('shop.counter'::regclass)
=> refused 42P01
