create type orders.status as enum ('placed', 'paid', 'shipped', 'returned', 'cancelled');
create type orders.loyalty as enum ('none', 'bronze', 'silver', 'gold');
create domain orders.percentage as numeric(5, 2) check (value between 0 and 100);

create table orders.products (
  sku text primary key,
  name text not null,
  price numeric(10, 2) not null,
  tax orders.percentage not null,
  tags text[] not null,
  attributes jsonb not null
);

create table orders.customers (
  id uuid not null,
  full_name text not null,
  email text not null,
  phone text,
  national_id text,
  birth_date date,
  region text not null,
  loyalty orders.loyalty not null,
  residence jsonb not null,
  last_address inet,
  created_at timestamptz not null
);

create table orders.payment_cards (
  id integer not null,
  customer_id uuid not null,
  holder text not null,
  card_number text not null,
  brand text not null,
  expires_on date not null,
  iban text,
  region text not null
);

create table orders.orders (
  id bigint not null,
  customer_id uuid not null,
  region text not null,
  placed_at timestamptz not null,
  status orders.status not null,
  total numeric(12, 2) not null,
  client_address inet not null,
  ship_to jsonb not null,
  note text
);

create table orders.order_lines (
  order_id bigint not null,
  line integer not null,
  sku text not null,
  quantity integer not null,
  unit_price numeric(10, 2) not null
);

create table orders.fraud_signals (
  order_id bigint not null,
  region text not null,
  score double precision not null,
  reasons text[] not null,
  device uuid not null,
  device_print bytea not null,
  seen_at timestamptz not null
);
