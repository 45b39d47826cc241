alter table orders.customers add primary key (id);
alter table orders.payment_cards add primary key (id);
alter table orders.payment_cards add foreign key (customer_id) references orders.customers (id);
alter table orders.orders add primary key (id);
alter table orders.orders add foreign key (customer_id) references orders.customers (id);
alter table orders.order_lines add primary key (order_id, line);
alter table orders.order_lines add foreign key (order_id) references orders.orders (id);
alter table orders.order_lines add foreign key (sku) references orders.products (sku);
alter table orders.fraud_signals add primary key (order_id);
alter table orders.fraud_signals add foreign key (order_id) references orders.orders (id);
create index orders_customer on orders.orders (customer_id);
create index orders_placed on orders.orders (placed_at);

create view orders.customer_value as
  select c.id, c.full_name, c.region, c.loyalty, count(o.id) as orders, coalesce(sum(o.total), 0) as spent
  from orders.customers c left join orders.orders o on o.customer_id = c.id
  group by c.id;

create view orders.open_orders as
  select id, customer_id, region, placed_at, total, note from orders.orders where status in ('placed', 'paid');

create materialized view orders.revenue_by_month as
  select date_trunc('month', placed_at) as month, region, count(*) as orders, sum(total) as revenue
  from orders.orders where status <> 'cancelled' group by 1, 2;

comment on table orders.products is 'What is sold';
comment on table orders.customers is 'One row a customer, invented; some are patients of the clinic too, under the same national id';
comment on table orders.payment_cards is 'Cards of test ranges with valid check digits';
comment on column orders.payment_cards.card_number is 'Luhn holds; the ranges are published for tests, no card of them was issued';
comment on table orders.orders is 'One row an order';
comment on column orders.orders.placed_at is 'Event time';
comment on table orders.order_lines is 'What was ordered';
comment on table orders.fraud_signals is 'Orders that looked odd, and why';
comment on view orders.customer_value is 'Customers with what they have spent';
comment on view orders.open_orders is 'Orders that wait for something';
comment on materialized view orders.revenue_by_month is 'Orders and revenue by month and region';
