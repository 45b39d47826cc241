-- Assertions of accounts that take each one once, until they expire; SHA-256 of the whole text.
create table vault.assertion_use (
  digest bytea primary key,
  until_at timestamptz not null
);
create index assertion_use_until on vault.assertion_use (until_at);
