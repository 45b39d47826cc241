-- Changes everything mallory may not see, and nothing she may: what is under a mask within its mask, every cell of filtered
-- rows and how many there are, hidden columns, and all tables without a subscription.
update shop.customers set
  name = 'C' || repeat('anary-other-', 2) || (50 - id),
  email = 'CANARY-other-' || (90 - id) || '@else.test',
  card = '7731-9999-9999-' || lpad((99 - id)::text, 4, '0'),
  salary = 77390000 - id,
  born = date '1931-12-01' - id * 13,
  notes = case when id % 2 = 0 then null else 'CANARY other ' || id end,
  labels = array['CANARY-other-' || (7 - id % 7)],
  profile = jsonb_build_object('phone', 'CANARY-other', 'n', 77320000 - id),
  credit = 77390000.75 - id;
update shop.customers set name = rpad('C', 13, 'x') where region = 'EU';
update shop.customers set code = 'CANAR2', seen = timestamptz '1931-09-09 00:00:00+00' + id * interval '1 day', tier = 'gold'
where region = 'US';
insert into shop.customers (id, region, name, email, contact, ssn)
select i, 'US', 'CANARY-more-' || i, 'CANARY-more-' || i || '@x', 'CANARY-more-' || i, '771-32-' || lpad(i::text, 4, '0')
from generate_series(100, 140) as i;
update shop.claims set diagnosis = 'CANARY other diagnosis ' || (20 - id);
update shop.events set id = 77320000 + id, payload = 'CANARY-other-' || id where region = 'US';
insert into shop.events select 77330000 + i, date '2025-07-01' + i, 'US', 'CANARY-more-' || i from generate_series(1, 50) as i;
update secret.payroll set pay = 7732009 - id, name = 'CANARY-other-' || id;
insert into secret.payroll values (3, 'CANARY-pay-3', 7731003);
update shop.people set name = 'CANARY-other';
refresh materialized view shop.customer_copy;
analyze;
