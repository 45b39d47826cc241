-- A small source with one of every shape the planner must handle. Everybody in it is invented.
create schema clinic;
create schema sales;
create schema hidden;
create type clinic.mood as enum ('bad', 'fair', 'good');
create domain sales.price as numeric(10, 2) check (value >= 0);
create type clinic.place as (street text, number int);

create table clinic.patient (
  id int primary key,
  name varchar(40) not null,
  email text,
  ssn text,
  tenant text,
  born date,
  seen timestamptz,
  mood clinic.mood,
  weight numeric(6, 2),
  visits bigint,
  tags text[],
  notes jsonb,
  home clinic.place,
  code char(6)
);
comment on table clinic.patient is 'people we treat';
comment on column clinic.patient.ssn is 'national id';
comment on column clinic.patient.name is 'full name';
insert into clinic.patient
select i, 'Person ' || i, 'p' || i % 20 || '@example.test', lpad((i * 7919)::text, 9, '0'), (array['a', 'b', 'c'])[1 + i % 3],
  date '1950-01-01' + i * 97, timestamptz '2024-01-01 00:00+00' + i * interval '7 hours', (array['bad', 'fair', 'good'])[1 + i % 3]::clinic.mood,
  40 + i * 0.37, i * 3, array['t' || i % 4, 'x'], jsonb_build_object('n', i, 'who', 'p' || i), row('Road', i)::clinic.place, 'c' || i % 9
from generate_series(1, 60) i;

create table sales.orders (
  id int primary key,
  patient_id int references clinic.patient (id),
  email varchar(60),
  total sales.price,
  placed date,
  check (total < 100000)
);
insert into sales.orders
select i, 1 + i % 60, 'p' || i % 25 || '@example.test', i * 1.5, date '2024-01-01' + i from generate_series(1, 150) i;
create index orders_email on sales.orders (email);
create index orders_big on sales.orders (total) where total > 100;

create table sales.event (id int, at date, kind text, ssn text) partition by range (at);
create table sales.event_old partition of sales.event for values from ('2020-01-01') to ('2024-01-01');
create table sales.event_new partition of sales.event for values from ('2024-01-01') to ('2030-01-01');
insert into sales.event select i, date '2023-06-01' + i * 10, 'k' || i % 3, lpad(i::text, 9, '1') from generate_series(1, 40) i;

create table sales.base (id int, label text, secret text);
create table sales.derived (extra text) inherits (sales.base);
insert into sales.base values (1, 'one', 's1'), (2, 'two', 's2');
insert into sales.derived values (3, 'three', 's3', 'e3');

create view clinic.overview as select id, name, mood from clinic.patient where tenant <> 'c';
create materialized view sales.summary as select email, count(*) as orders from sales.orders group by email;
create table hidden.payroll (id int primary key, who text, amount numeric);
insert into hidden.payroll values (1, 'Nobody', 1), (2, 'Noone', 2);
create table public.plain (id int primary key, label text, other int, flag boolean default true);
insert into public.plain select i, 'label ' || i, i % 5, i % 2 = 0 from generate_series(1, 30) i;
create table public."Odd ""name" ("a b" int, "select" text);
insert into public."Odd ""name" values (1, 'x'), (2, 'é');
analyze;
