-- Blobs that nothing points to any more, and when they may be removed; one that is being written is noted here first.
-- And receipts of forgetting, and passes over records.
create table vault.trash (
  key text primary key,
  due_at_ms bigint not null
);
create index trash_due on vault.trash (due_at_ms);

-- What a forgetting came to: its receipt.
alter table vault.subject
  add column records bigint not null default 0,
  add column tokens bigint not null default 0,
  add column files bigint not null default 0,
  add column key_destroyed_at_ms bigint,
  add column leaf bigint;
create index subject_forgetting on vault.subject (number) where state = 'forgetting';
create index subject_forgotten on vault.subject (vault_number, digest, number) where state = 'forgotten';

revoke all on vault.trash from public;

-- Passes over the records of a table: what they are for, how far they are, what they found.
create table vault.pass (
  number integer primary key generated always as identity,
  vault_number integer not null references vault.vault,
  table_id text not null,
  -- null for a pass that only seals anew
  column_id text,
  kind text not null check (kind in ('index', 'unique', 'retype', 'reseal')),
  state text not null default 'running' check (state in ('running', 'done', 'failed')),
  -- the record it goes on behind
  cursor uuid,
  records bigint not null default 0,
  changed bigint not null default 0,
  -- ids of records in the way, as groups; at most a hundred
  report jsonb not null default '[]',
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);
create index pass_running on vault.pass (number) where state = 'running';
revoke all on vault.pass from public;
