-- How far each export of the ledger has come (docs/design/ledger-exports.md).
create table ledger.export (
  name text primary key,
  -- the first leaf that was not sent, as far as is known
  next_index bigint not null check (next_index >= 0),
  -- leaves that retention took away before they were sent
  missed bigint not null default 0,
  -- the process that has it to itself, and until when
  holder text,
  held_until_ms bigint not null default 0,
  sent_at_ms bigint,
  -- tries since the last sending that failed, and why the last of them did
  failures integer not null default 0,
  code text,
  failed_at_ms bigint
);
revoke all on ledger.export from public;
