-- The database every attempt is made against. Everything mallory may not see is a canary: text that holds
-- CANARY, numbers that begin with 7731, dates in the year 1931, national ids that begin with 771-31.
-- Rows of region US are filtered from mallory; what else they hold is a canary wherever the type can hold one.
create schema shop;
create schema secret;
create type shop.tier as enum ('gold', 'silver', 'bronze');
create domain shop.email as text check (value like '%@%');

create table shop.customers (
  id int primary key,
  region text not null,
  name text not null,
  email shop.email not null,
  contact text not null,
  ssn text unique,
  card varchar(19),
  salary int,
  born date,
  notes text,
  tier shop.tier,
  labels text[],
  profile jsonb,
  credit numeric(12, 2),
  seen timestamptz,
  code char(6)
);
comment on table shop.customers is 'people who buy';
comment on column shop.customers.ssn is 'national id';
insert into shop.customers
select i,
       case when i <= 6 then 'EU' else 'US' end,
       'CANARY-name-' || i,
       'CANARY-email-' || i || '@example.test',
       'CANARY-contact-' || i || '@example.test',
       '771-31-' || lpad(i::text, 4, '0'),
       '7731-0000-0000-' || lpad(i::text, 4, '0'),
       77310000 + i,
       date '1931-01-01' + i * 17,
       'CANARY note ' || i || ' about a person',
       (array['gold', 'silver', 'bronze'])[1 + i % 3]::shop.tier,
       array['CANARY-label-' || i, 'x'],
       jsonb_build_object('phone', 'CANARY-phone-' || i, 'n', 77310000 + i),
       77310000.25 + i,
       case when i <= 6 then timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour'
            else timestamptz '1931-03-03 00:00:00+00' + i * interval '1 hour' end,
       'c' || i
from generate_series(1, 12) as i;
update shop.customers set code = 'CANARY' where region = 'US';

create table shop.orders (
  id int primary key,
  customer_id int references shop.customers (id),
  amount numeric(10, 2) not null,
  placed date not null,
  remark text
);
create index orders_customer on shop.orders (customer_id);
insert into shop.orders
select i, c.id, 10 * i, date '2026-02-01' + i, 'ordinary remark ' || i
from generate_series(1, 24) as i
join (select id, row_number() over (order by id) as n from shop.customers) c on c.n = 1 + i % 12;

-- ssn again under the same policy tag, so that same-mask equality can be tried
create table shop.claims (
  id int primary key,
  ssn text not null,
  diagnosis text
);
insert into shop.claims
select i, '771-31-' || lpad(i::text, 4, '0'), 'CANARY diagnosis ' || i from generate_series(1, 8) as i;

create table shop.events (
  id int not null,
  at date not null,
  region text not null,
  payload text
) partition by range (at);
create table shop.events_2025 partition of shop.events for values from ('2025-01-01') to ('2026-01-01');
create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');
insert into shop.events
select case when i % 2 = 0 then i else 77310000 + i end,
       date '2025-06-01' + i * 30,
       case when i % 2 = 0 then 'EU' else 'US' end,
       case when i % 2 = 0 then 'payload ' || i else 'CANARY-payload-' || i end
from generate_series(1, 12) as i;

create table shop.people (id int, name text);
create table shop.managers (bonus int) inherits (shop.people);
insert into shop.people values (1, 'CANARY-person-1');
insert into shop.managers values (2, 'CANARY-manager-2', 7731);

create table shop.lookup (code text primary key, label text);
insert into shop.lookup values ('a', 'alpha'), ('b', 'beta');

create table secret.payroll (id int primary key, name text, pay int);
insert into secret.payroll values (1, 'CANARY-pay-1', 7731001), (2, 'CANARY-pay-2', 7731002);

create view shop.customer_names as select id, name, email from shop.customers;
create view shop.payroll_view as select * from secret.payroll;
create materialized view shop.customer_copy as select id, name, ssn from shop.customers;
create sequence shop.counter start 77310099;

create function shop.peek(int) returns text language sql security definer as 'select name from shop.customers where id = $1';
create function shop.loud(text) returns boolean language plpgsql cost 0.0000001 as $$
begin
  raise notice 'saw %', $1;
  return true;
end $$;
create function shop.all_customers() returns setof shop.customers language sql security definer as 'select * from shop.customers';
create operator shop.### (leftarg = text, rightarg = text, function = texteq);
create aggregate shop.gather (text) (sfunc = textcat, stype = text);
grant usage on schema shop, secret to public;
analyze;
