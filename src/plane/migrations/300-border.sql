-- The plane's side of the border: how far bundles and acts were taken, and the outbox of facts.
create schema border;

create table border.state (
  -- one row
  single boolean primary key default true check (single),
  bundle_serial bigint not null default 0 check (bundle_serial >= 0),
  acts_through bigint not null default 0 check (acts_through >= 0),
  fact_number bigint not null default 0 check (fact_number >= 0)
);
insert into border.state default values;

create table border.outbox (
  number bigint primary key,
  kind text not null,
  -- the bytes that leave, canonical JSON
  fact text not null,
  sent_at_ms bigint,
  -- control would not take it: kept, never sent again
  refused boolean not null default false
);
create index outbox_waiting on border.outbox (number) where sent_at_ms is null;
create index outbox_sent on border.outbox (sent_at_ms) where sent_at_ms is not null;

revoke all on schema border from public;
revoke all on border.state, border.outbox from public;
