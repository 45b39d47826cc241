-- What was told of which columns dbt's relations are made of; the compiled SQL it was read from is not kept.
create table collector.dbt_lineage (
  target text not null,
  project text not null,
  id text not null,
  relation jsonb not null,
  digest text not null,
  primary key (target, project, id)
);
revoke all on collector.dbt_lineage from public;
