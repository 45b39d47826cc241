-- What dbt projects hold, in the form control may know it, and what of it was told.
create table collector.dbt_project (
  target text not null,
  project text not null,
  -- rises with every manifest that is taken
  revision bigint not null,
  -- when dbt made the manifest: an older one changes nothing
  generated_ms bigint not null,
  primary key (target, project)
);

create table collector.dbt_node (
  target text not null,
  project text not null,
  -- dbt's unique id of a node; of a test its keyed digest
  id text not null,
  kind text not null check (kind in ('node', 'test')),
  record jsonb not null,
  -- rows, bytes and column types of the last catalog artifact
  stats jsonb,
  told_digest text,
  primary key (target, project, id)
);
create index dbt_node_id on collector.dbt_node (target, id);

-- Files that were loaded; the same one again changes nothing.
create table collector.upload (
  target text not null,
  artifact text not null,
  digest text not null,
  loaded_at_ms bigint not null,
  primary key (target, artifact, digest)
);
create index upload_age on collector.upload (loaded_at_ms);

revoke all on collector.dbt_project, collector.dbt_node, collector.upload from public;
