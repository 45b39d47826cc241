-- Tables of a warehouse, as control was told how far they are watched.
create table collector.covered (
  warehouse text not null references collector.warehouse on delete cascade,
  table_schema text not null,
  table_name text not null,
  digest text not null,
  primary key (warehouse, table_schema, table_name)
);

revoke all on collector.covered from public;
