-- What planes report that is not catalog: who read what, who signed in, how parts are. Never a value, never a query.
create schema inbox;

create table inbox.decision (
  plane text not null,
  number bigint not null,
  at timestamptz not null,
  subject_id text not null,
  project text,
  purpose text,
  door text not null,
  mode text not null,
  effect text not null,
  bundle_serial bigint not null,
  -- [{ source, decision, effect, filtered, columns: [{ name, show }] }]
  sources jsonb not null,
  decision_ids text[] not null,
  rows bigint not null,
  duration_micros bigint not null,
  fingerprint text,
  primary key (plane, number)
);
create index decision_at on inbox.decision (at desc);
create index decision_subject on inbox.decision (subject_id, at desc);
create index decision_ids on inbox.decision using gin (decision_ids);

create table inbox.login (
  plane text not null,
  number bigint not null,
  at timestamptz not null,
  door text not null,
  outcome text not null,
  method text not null,
  subject_id text,
  reason text not null,
  primary key (plane, number)
);
create index login_at on inbox.login (at desc);

-- The newest word about each component.
create table inbox.health (
  plane text not null,
  component text not null,
  system_id text not null default '',
  state text not null,
  code text not null,
  at timestamptz not null,
  primary key (plane, component, system_id)
);

create table inbox.heartbeat (
  plane text primary key,
  at timestamptz not null,
  bundle_serial bigint not null,
  bundle_state text not null,
  ledger_size bigint not null,
  ledger_chain text not null,
  outbox_waiting bigint not null,
  connections integer not null
);
