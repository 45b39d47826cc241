-- Files that were de-identified, sealed, for whoever sent them to fetch within minutes (docs/formats/vault-api.md).
create table vault.detect_run (
  id text primary key,
  vault integer not null,
  owner text not null,
  sealed bytea not null,
  until_at timestamptz not null
);
create index detect_run_until on vault.detect_run (until_at);
