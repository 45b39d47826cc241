-- What the collector watches and how far it has told control; results themselves lie in the warehouses.
create schema collector;

create table collector.warehouse (
  name text primary key,
  engine text not null check (engine in ('postgresql', 'duckdb')),
  -- host, port, database and TLS mode of a PostgreSQL warehouse; the file of a DuckDB one
  place jsonb not null,
  -- schema the results go to
  results text not null,
  mode text not null check (mode in ('push', 'pull')),
  collector_role text,
  collector_password bytea,
  -- reads only the views of the results; of mode `pull`
  reader_role text,
  reader_password bytea,
  -- digest of what the reading role could reach when it was last looked at
  reach_digest text,
  state text not null default 'ok' check (state in ('ok', 'down', 'refused')),
  fault text,
  looked_at_ms bigint,
  registered_by text not null,
  registered_at_ms bigint not null
);

create table collector.monitor (
  name text primary key,
  warehouse text not null references collector.warehouse on delete cascade,
  -- canonical JSON of the document
  document text not null,
  -- the last moment of its schedule a run was enqueued for
  due_through_ms bigint not null,
  last_run_id text,
  applied_by text not null,
  applied_at_ms bigint not null
);
create index monitor_warehouse on collector.monitor (warehouse);

-- Runs whose results are in the outbox: each is told once, in the transaction that puts them there.
create table collector.told_run (
  warehouse text not null references collector.warehouse on delete cascade,
  run_id text not null,
  told_at_ms bigint not null,
  primary key (warehouse, run_id)
);

-- Series that were described to control, and how.
create table collector.told_series (
  series text primary key,
  warehouse text not null references collector.warehouse on delete cascade,
  digest text not null
);
create index told_series_warehouse on collector.told_series (warehouse);

revoke all on schema collector from public;
revoke all on all tables in schema collector from public;
