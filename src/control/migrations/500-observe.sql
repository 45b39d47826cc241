-- Whether the data is right, from metadata alone: what fails, who is told, and how they were told. No column of these
-- tables can hold a value of a row: names, kinds, counts, times and digests only.
create schema observe;

-- A table of a warehouse, or the warehouse itself (empty schema and table), whether registered as a source or not.
create table observe.asset (
  id bigint generated always as identity primary key,
  plane text not null,
  warehouse text not null,
  database_name text not null default '',
  schema_name text not null default '',
  table_name text not null default '',
  removed_at timestamptz,
  -- how far it is watched, as the plane counts
  columns integer,
  columns_tested integer,
  monitors integer not null default 0,
  tests integer not null default 0,
  unique (plane, warehouse, database_name, schema_name, table_name)
);
create index asset_named on observe.asset (warehouse, schema_name, table_name);

-- The source a table is registered as, where it is.
create view observe.asset_source as
select a.id as asset_id, s.id as source_id
from observe.asset a
join catalog.system y on y.plane = a.plane and y.name = a.warehouse and y.state = 'active'
join catalog.source s on s.plane = a.plane and s.system_id = y.id and s.schema = a.schema_name and s.name = a.table_name
  and s.state <> 'removed';

-- One thing that is watched: a test, a series, a step of a pipeline. The newest word about each.
create table observe.signal (
  plane text not null,
  -- the same for ever; who reports it says which
  key text not null,
  kind text not null check (kind in ('test', 'anomaly', 'run', 'freshness', 'schema', 'grants')),
  asset_id bigint not null references observe.asset,
  column_name text not null default '',
  -- name of the test, metric or step
  check_name text not null,
  -- quality dimension, null for what measures none
  dimension text,
  severity text not null check (severity in ('low', 'normal', 'high', 'critical')),
  state text not null check (state in ('ok', 'failing')),
  failures bigint,
  owners text[] not null default '{}',
  tags text[] not null default '{}',
  since timestamptz not null,
  at timestamptz not null,
  primary key (plane, key)
);
create index signal_asset on observe.signal (asset_id);

-- Everything that fails about one table at one time, as people handle it.
create table observe.incident (
  id text primary key,
  asset_id bigint not null references observe.asset,
  severity text not null check (severity in ('low', 'normal', 'high', 'critical')),
  state text not null check (state in ('open', 'acknowledged', 'resolved')),
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  resolved_at timestamptz,
  -- false: a person said so, although it may still fail
  resolved_by_itself boolean,
  acknowledged_by text,
  assignee_id text references identity.subject on delete set null
);
create unique index incident_unresolved on observe.incident (asset_id) where state <> 'resolved';
create index incident_opened on observe.incident (opened_at desc);
create index incident_resolved on observe.incident (resolved_at);

create table observe.incident_signal (
  incident_id text not null references observe.incident on delete cascade,
  plane text not null,
  key text not null,
  primary key (incident_id, plane, key),
  foreign key (plane, key) references observe.signal on delete cascade
);
create index incident_signal_key on observe.incident_signal (plane, key);

-- What happened to an incident, in order.
create table observe.incident_event (
  incident_id text not null references observe.incident on delete cascade,
  number bigint generated always as identity,
  at timestamptz not null,
  kind text not null check (kind in ('opened', 'joined', 'raised', 'cleared', 'acknowledged', 'assigned', 'resolved', 'reopened', 'noted')),
  actor text not null,
  signal_key text,
  note text not null default '',
  primary key (incident_id, number)
);

create table observe.channel (
  id text primary key,
  name text not null unique,
  kind text not null check (kind in ('slack', 'teams', 'pagerduty', 'opsgenie', 'email', 'webhook')),
  -- addresses and such; nothing secret
  settings jsonb not null,
  state text not null default 'active' check (state in ('active', 'paused')),
  created_at timestamptz not null,
  -- its secret, sealed under a data key of its own, which is new with every value
  secret_version integer not null default 0,
  secret_key bytea,
  secret_sealed bytea,
  secret_set_at timestamptz,
  secret_set_by text,
  last_sent_at timestamptz,
  last_failed_at timestamptz,
  last_failure text
);

-- Who is told of what; the first rule that fits decides, unless it goes on.
create table observe.alert_rule (
  name text primary key,
  position integer not null,
  rule jsonb not null,
  changed_at timestamptz not null,
  changed_by text not null
);

-- Silence until a moment, with its reason.
create table observe.mute (
  id text primary key,
  source_name text,
  check_name text,
  until timestamptz not null,
  reason text not null,
  by_name text not null,
  at timestamptz not null
);

-- One message to one channel; kept until it is sent, then as record that it was.
create table observe.alert (
  id text primary key,
  number bigint generated always as identity,
  incident_id text references observe.incident on delete cascade,
  channel_id text not null references observe.channel on delete cascade,
  event text not null check (event in ('opened', 'raised', 'reminder', 'acknowledged', 'resolved', 'trial')),
  rule_name text,
  -- what is sent, fixed by the first attempt so that later ones say the same
  content jsonb,
  -- who acted, where somebody did
  actor text,
  state text not null check (state in ('waiting', 'sent', 'skipped', 'failed')),
  created_at timestamptz not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  sent_at timestamptz,
  code text
);
create index alert_due on observe.alert (due_at) where state = 'waiting';
create index alert_incident on observe.alert (incident_id, channel_id, number);
create index alert_created on observe.alert (created_at desc);
