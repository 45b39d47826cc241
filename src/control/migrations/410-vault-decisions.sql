-- What vaults decided stands beside what statements were let read. Equal decisions of a minute are one row.
alter table inbox.decision
  add column operation text not null default 'select',
  add column requests bigint not null default 1;
