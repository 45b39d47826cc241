-- Exports that go on after a break (docs/formats/vault-export.md): what a vault was when one began is kept while writes go on.
create table vault.export (
  id text primary key check (id ~ '^exp_'),
  vault_number integer not null references vault.vault,
  schema_version integer not null,
  recipient text not null,
  -- sealed private key that parts are sealed with; gone when the export is over
  sender_key bytea,
  -- the moment it is of, and how far the ledger was
  began_at_ms bigint not null,
  ledger_size bigint not null,
  -- records of the vault then, about
  records bigint not null,
  -- counts those who read it: only the last of them makes parts
  reader integer not null default 0,
  ended_at_ms bigint
);
create index export_open on vault.export (vault_number) where ended_at_ms is null;

-- Parts that were made, in order. One with records says where the next goes on.
create table vault.export_part (
  export_id text not null references vault.export,
  number integer not null,
  sha256 text not null,
  records integer not null,
  tokens integer not null,
  transient_tokens integer not null,
  files integer not null,
  table_number integer,
  last_record uuid,
  primary key (export_id, number)
);

-- Records that were written since an export began, as they were then; without a body, there was none.
create table vault.export_kept (
  export_id text not null references vault.export,
  table_number integer not null,
  record_id uuid not null,
  version integer,
  subject_number bigint,
  body bytea,
  primary key (export_id, table_number, record_id)
);
create index export_kept_subject on vault.export_kept (subject_number) where subject_number is not null;
alter table vault.export_kept alter column body set storage external;

-- A blob that waits for the end of exports that may still read it.
alter table vault.trash add column held boolean not null default false;

-- The text of a transient token, sealed: nothing else holds it, and an export takes it along.
alter table vault.token add column sealed bytea;
create index token_transient on vault.token (table_number, record_id) where expires_at_ms is not null;

-- Files on their way in: pieces that wait for the last, then the sealed head that a record is given.
create table vault.import_file (
  import_id text not null references vault.import,
  name text not null,
  -- numbers of the parts whose pieces wait
  parts integer[] not null default '{}',
  bytes bigint not null default 0,
  blob text,
  head bytea,
  used boolean not null default false,
  primary key (import_id, name)
);
alter table vault.import add column parts integer;
alter table vault.import_part add column files integer not null default 0;

revoke all on vault.export, vault.export_part, vault.export_kept, vault.import_file from public;
