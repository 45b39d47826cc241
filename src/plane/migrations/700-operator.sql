-- Operator access: grants and what was seen under them, and the quarantine (docs/design/operator-access.md).
create schema operator;

-- The latest moment grants ever went by: the clock of the machine may be set back, this one may not.
create table operator.clock (
  single boolean primary key default true check (single),
  high_ms bigint not null default 0
);
insert into operator.clock default values;

create table operator."grant" (
  id text primary key check (id ~ '^grt_'),
  operator text not null,
  capability text not null check (capability in ('observe', 'operate', 'upgrade', 'break-glass')),
  reason text not null,
  ticket text not null,
  scope text[] not null,
  rows_max integer not null check (rows_max >= 0),
  duration_ms bigint not null check (duration_ms > 0),
  approvals_needed integer not null check (approvals_needed >= 0),
  emergency boolean not null,
  requested_at_ms bigint not null,
  request_leaf bigint not null,
  stage text not null check (stage in ('requested', 'active', 'ended', 'reviewed')),
  active_from_ms bigint,
  not_after_ms bigint,
  activated_leaf bigint,
  ended_how text,
  ended_at_ms bigint,
  rows_used integer not null default 0 check (rows_used between 0 and rows_max),
  items_used integer not null default 0,
  -- nothing is in force without a beginning and an end
  check (stage <> 'active' or (active_from_ms is not null and not_after_ms is not null and activated_leaf is not null)),
  check (stage not in ('ended', 'reviewed') or (ended_how is not null and ended_at_ms is not null))
);
create index grant_live on operator."grant" (stage) where stage in ('requested', 'active');
create index grant_operator on operator."grant" (operator, id);

create table operator.approval (
  grant_id text not null references operator."grant",
  approver text not null,
  at_ms bigint not null,
  leaf bigint not null,
  primary key (grant_id, approver)
);

-- What an operator was shown of a view, word for word; sealed.
create table operator.output (
  id text primary key check (id ~ '^out_'),
  grant_id text not null references operator."grant",
  view text not null,
  rows integer not null,
  at_ms bigint not null,
  digest text not null,
  leaf bigint not null,
  sealed bytea not null
);
create index output_age on operator.output (at_ms);

-- Rows and events that were rejected; sealed.
create table operator.quarantined (
  id text primary key check (id ~ '^qit_'),
  channel text not null,
  code text not null,
  at_ms bigint not null,
  -- of the plaintext; what was longer was cut
  bytes integer not null,
  cut boolean not null,
  digest text not null,
  leaf bigint not null,
  sealed bytea not null
);
create index quarantined_age on operator.quarantined (at_ms);
alter table operator.output alter column sealed set storage external;
alter table operator.quarantined alter column sealed set storage external;

revoke all on schema operator from public;
revoke all on all tables in schema operator from public;
