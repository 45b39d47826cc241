-- The data privacy vault: schemas, sealed records, and what finds them (docs/formats/vault-record.md, docs/design/vault.md).
create schema vault;

create table vault.vault (
  number integer generated always as identity primary key,
  id text not null unique check (id ~ '^vlt_'),
  name text not null,
  version integer not null check (version >= 1),
  -- an archived vault answers nothing
  state text not null default 'active' check (state in ('active', 'archived'))
);
create unique index vault_name on vault.vault (name) where state = 'active';

-- Every version a schema had; the one in force is the vault's.
create table vault.schema (
  vault_number integer not null references vault.vault,
  version integer not null,
  document jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (vault_number, version)
);

-- Numbers of tables, columns and token spaces: short names in stored records, never given twice.
create sequence vault.number as integer;

-- Whose data it is. The number leads to the subject's key, which is not in this database (docs/design/vault.md).
create table vault.subject (
  number bigint primary key check (number >= 0),
  vault_number integer not null references vault.vault,
  -- keyed digest of what names the person
  digest bytea not null check (octet_length(digest) = 16),
  state text not null default 'kept' check (state in ('kept', 'forgetting', 'forgotten'))
);
create unique index subject_digest on vault.subject (vault_number, digest) where state <> 'forgotten';
-- A page of subject keys in the key store holds 1,024; this row is its lock.
create table vault.subject_page (
  number bigint primary key check (number >= 0),
  vault_number integer not null references vault.vault,
  used integer not null check (used between 0 and 1024)
);
create sequence vault.subject_page_number minvalue 0;
create index subject_page_vault on vault.subject_page (vault_number, number);

create table vault.record (
  table_number integer not null,
  id uuid not null,
  version integer not null check (version >= 1),
  subject_number bigint,
  -- sealed cells, digests and tokens under one authentication code; null once the subject is forgotten
  body bytea,
  primary key (table_number, id)
);
create index record_subject on vault.record (subject_number) where subject_number is not null;
-- bodies are random bytes: trying to compress them is wasted
alter table vault.record alter column body set storage external;

-- Keyed digests of values: by column for what is indexed, by token space for what has deterministic tokens.
create table vault.lookup (
  space integer not null,
  digest bytea not null check (octet_length(digest) = 16),
  record_id uuid not null,
  table_number integer not null,
  -- at most one such row a value
  is_unique boolean not null,
  primary key (space, digest, record_id)
);
create unique index lookup_unique on vault.lookup (space, digest) where is_unique;

-- One row a token, by keyed digest of its text: a dump of this table holds no token.
create table vault.token (
  vault_number integer not null,
  digest bytea not null check (octet_length(digest) = 16),
  space integer not null,
  -- of one value of one record; of a deterministic token, whatever record has the value
  table_number integer,
  column_number integer,
  record_id uuid,
  value_digest bytea check (octet_length(value_digest) = 16),
  -- how often it was drawn again
  draw smallint not null default 0,
  expires_at_ms bigint,
  -- code over all of the above, under a key that only the token's text gives
  binding bytea not null check (octet_length(binding) = 16),
  -- its subject was forgotten
  gone boolean not null default false,
  primary key (vault_number, digest)
);
create unique index token_value on vault.token (space, value_digest) where value_digest is not null;
create index token_expiry on vault.token (expires_at_ms) where expires_at_ms is not null;

-- Answers of writes that may be asked for again, sealed.
create table vault.idempotency (
  vault_number integer not null,
  key_digest bytea not null,
  request_digest bytea not null,
  answer bytea,
  expires_at_ms bigint not null,
  primary key (vault_number, key_digest)
);
create index idempotency_expiry on vault.idempotency (expires_at_ms);

-- How many values a principal was shown in a window of time.
create table vault.reveal_count (
  vault_number integer not null,
  principal text not null,
  window_start_ms bigint not null,
  values_shown bigint not null,
  primary key (vault_number, principal, window_start_ms)
);

revoke all on schema vault from public;
revoke all on all tables in schema vault from public;
