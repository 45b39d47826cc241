-- The version of the program that last worked on this database: another one may need a grant to upgrade.
create table operator.version (
  single boolean primary key default true check (single),
  version text not null
);
revoke all on operator.version from public;
