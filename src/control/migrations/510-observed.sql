-- What planes tell of tests, runs, series, dbt and lineage, as facts bring it. Ids of planes, digests and names only.

create table observe.test (
  plane text not null,
  test text not null,
  name text not null,
  check_kind text not null,
  dimension text not null,
  asset_id bigint references observe.asset,
  column_name text not null default '',
  node text,
  severity text not null,
  owners text[] not null default '{}',
  tags text[] not null default '{}',
  -- the newest result, null before the first
  status text,
  at timestamptz,
  removed_at timestamptz,
  primary key (plane, test)
);
create index test_asset on observe.test (asset_id);

create table observe.test_result (
  plane text not null,
  result text not null,
  test text not null,
  at timestamptz not null,
  status text not null,
  fault text,
  failures bigint,
  rows bigint,
  duration_ms bigint,
  samples integer not null,
  run text,
  primary key (plane, result)
);
create index test_result_test on observe.test_result (plane, test, at desc);
create index test_result_at on observe.test_result using brin (at);

create table observe.run (
  plane text not null,
  run text not null,
  warehouse text not null,
  origin text not null,
  command text not null,
  status text not null,
  fault text,
  project text,
  job text,
  started_at timestamptz,
  completed_at timestamptz,
  told_at timestamptz not null,
  counts jsonb not null,
  primary key (plane, run)
);
create index run_told on observe.run (told_at desc);

create table observe.node_run (
  plane text not null,
  run text not null,
  node text not null,
  warehouse text not null,
  status text not null,
  fault text,
  completed_at timestamptz,
  execution_ms bigint,
  rows_affected bigint,
  bytes_processed bigint,
  told_at timestamptz not null,
  primary key (plane, run, node)
);
create index node_run_node on observe.node_run (plane, warehouse, node, told_at desc);
create index node_run_told on observe.node_run using brin (told_at);

create table observe.schema_change (
  plane text not null,
  change text not null,
  asset_id bigint not null references observe.asset,
  column_name text not null default '',
  what text not null,
  before text,
  after text,
  against text not null,
  at timestamptz not null,
  primary key (plane, change)
);
create index schema_change_asset on observe.schema_change (asset_id, at desc);
create index schema_change_at on observe.schema_change (at desc);

-- What dbt knows: models, sources, seeds, snapshots, exposures. Nodes without a table are passed through by lineage.
create table observe.node (
  plane text not null,
  warehouse text not null,
  project text not null,
  node text not null,
  resource text not null,
  name text not null,
  asset_id bigint references observe.asset,
  description text not null default '',
  owners text[] not null default '{}',
  tags text[] not null default '{}',
  depends_on text[] not null default '{}',
  -- { type, maturity }
  exposure jsonb,
  -- [{ name, tags }]
  columns jsonb not null default '[]',
  rows bigint,
  revision bigint not null,
  primary key (plane, warehouse, project, node)
);
create index node_asset on observe.node (asset_id);

-- Which tables and columns a table is made of: direct contributors, by name.
create table observe.made_of (
  asset_id bigint not null references observe.asset,
  origin text not null check (origin in ('view', 'dbt')),
  completeness text not null,
  at timestamptz not null,
  primary key (asset_id, origin)
);
create table observe.table_edge (
  asset_id bigint not null references observe.asset,
  origin text not null,
  from_id bigint not null references observe.asset,
  primary key (asset_id, origin, from_id)
);
create index table_edge_from on observe.table_edge (from_id);
create table observe.column_edge (
  asset_id bigint not null references observe.asset,
  origin text not null,
  column_name text not null,
  from_id bigint not null references observe.asset,
  from_column text not null,
  primary key (asset_id, column_name, origin, from_id, from_column)
);
create index column_edge_from on observe.column_edge (from_id, from_column);

create table observe.monitor (
  plane text not null,
  warehouse text not null,
  name text not null,
  asset_id bigint references observe.asset,
  state text not null,
  schedule text,
  checks integer not null,
  metrics integer not null,
  tests text[] not null default '{}',
  -- those of the word before, so that what is no longer made can be seen
  tests_before text[] not null default '{}',
  primary key (plane, warehouse, name)
);

create table observe.warehouse (
  plane text not null,
  name text not null,
  engine text not null,
  mode text not null,
  state text not null,
  fault text,
  at timestamptz not null,
  primary key (plane, name)
);

create table observe.role_reach (
  plane text not null,
  warehouse text not null,
  role text not null,
  use text not null,
  state text not null,
  digest text not null,
  beyond jsonb not null,
  total bigint not null,
  at timestamptz not null,
  primary key (plane, warehouse, role, use)
);

-- One metric of one table, column or category over time.
create table observe.series (
  id bigint generated always as identity primary key,
  plane text not null,
  series text not null,
  asset_id bigint not null references observe.asset,
  column_name text not null default '',
  metric text not null,
  custom_name text,
  -- { columns, value }: a category stands under a digest of its value
  category jsonb,
  origin text not null,
  monitor text,
  bucket_seconds integer,
  time_zone text not null,
  direction text not null,
  severity text not null,
  owners text[] not null default '{}',
  tags text[] not null default '{}',
  told_at timestamptz not null,
  -- the earliest point that came since the last scoring; null when all are judged
  waiting_from timestamptz,
  -- rises with every word about points, so that one that came during a scoring is not lost
  version bigint not null default 0,
  -- what a person chose for this series, null for what holds for all
  settings jsonb,
  -- the newest point that was judged, and how
  judged_at timestamptz,
  verdict jsonb,
  unique (plane, series)
);
create index series_asset on observe.series (asset_id);
create index series_waiting on observe.series (id) where waiting_from is not null;

create table observe.point (
  series_id bigint not null references observe.series on delete cascade,
  at timestamptz not null,
  value double precision,
  state text not null,
  rows bigint,
  measured_at timestamptz not null,
  primary key (series_id, at)
);
create index point_at on observe.point using brin (at);

-- Points that were found anomalous, with the numbers they were found so by.
create table observe.anomaly (
  series_id bigint not null references observe.series on delete cascade,
  at timestamptz not null,
  verdict jsonb not null,
  run_id bigint not null,
  primary key (series_id, at)
);
create index anomaly_at on observe.anomaly (at desc);

create table observe.feedback (
  series_id bigint not null references observe.series on delete cascade,
  number bigint generated always as identity,
  kind text not null check (kind in ('normal', 'anomalous', 'new-normal', 'exclude')),
  from_at timestamptz not null,
  to_at timestamptz,
  by_name text not null,
  at timestamptz not null,
  primary key (series_id, number)
);

create table observe.scoring_run (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  series integer not null,
  points integer not null,
  anomalous integer not null,
  duration_ms integer not null
);

-- One row: what holds for every series that has no settings of its own.
create table observe.setting (
  one boolean primary key default true check (one),
  scoring jsonb not null,
  retention jsonb not null,
  changed_at timestamptz not null,
  changed_by text not null
);

-- Who used which table and column on which day, from the decisions planes report.
create table observe.usage_day (
  day date not null,
  plane text not null,
  source_id text not null,
  subject_id text not null,
  statements bigint not null,
  refused bigint not null,
  rows bigint not null,
  duration_micros bigint not null,
  last_at timestamptz not null,
  primary key (day, plane, source_id, subject_id)
);
create index usage_day_source on observe.usage_day (source_id, day);
create table observe.usage_column (
  day date not null,
  source_id text not null,
  column_name text not null,
  statements bigint not null,
  masked bigint not null,
  primary key (day, source_id, column_name)
);
create index usage_column_source on observe.usage_column (source_id, day);
-- The shape of a statement stands under its fingerprint.
create table observe.usage_shape (
  day date not null,
  plane text not null,
  fingerprint text not null,
  source_ids text[] not null,
  statements bigint not null,
  rows bigint not null,
  duration_micros bigint not null,
  slowest_micros bigint not null,
  last_at timestamptz not null,
  primary key (day, plane, fingerprint)
);

-- Tags that a person took off again where lineage had put them: lineage does not put them back.
create table catalog.lineage_refusal (
  source_id text not null references catalog.source on delete cascade,
  column_name text not null,
  tag text not null,
  by_name text not null,
  at timestamptz not null,
  primary key (source_id, column_name, tag)
);

-- What tags were last carried along: one row.
create table observe.lineage_state (
  one boolean primary key default true check (one),
  stale boolean not null,
  -- of control, when it was last done
  revision bigint not null
);
insert into observe.lineage_state (stale, revision) values (true, 0);

-- How well a table was on a day, as last looked at; for trends.
create table observe.health_day (
  day date not null,
  asset_id bigint not null references observe.asset,
  score double precision not null,
  primary key (day, asset_id)
);
