-- Warehouses whose results are those of the Elementary dbt package: only its schema is read, by a reading role.
alter table collector.warehouse add column elementary boolean not null default false;

-- How far each table was read, by its `created_at`.
create table collector.elementary_mark (
  warehouse text not null references collector.warehouse on delete cascade,
  relation text not null,
  through_ms bigint not null,
  primary key (warehouse, relation)
);

-- Rows that were told and may be read again, for a stretch is read twice: rows become visible later than they are dated.
create table collector.elementary_seen (
  warehouse text not null references collector.warehouse on delete cascade,
  relation text not null,
  key text not null,
  created_ms bigint not null,
  primary key (warehouse, relation, key)
);

revoke all on collector.elementary_mark, collector.elementary_seen from public;
