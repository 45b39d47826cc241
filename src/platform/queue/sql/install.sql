-- Beside graphile-worker's own schema: what became of every job, and which processes are alive to run them.
create schema if not exists queue;
create table if not exists queue.job (
  key text primary key,
  task text not null,
  state text not null default 'waiting' check (state in ('waiting', 'running', 'retrying', 'done', 'failed')),
  attempt integer not null default 0,
  -- of `total` steps; null total where nobody knows
  done bigint not null default 0,
  total bigint,
  -- code and message of the problem of the last attempt
  problem text,
  enqueued_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index if not exists job_ended on queue.job (ended_at) where ended_at is not null;
create index if not exists job_task on queue.job (task, enqueued_at);
create table if not exists queue.runner (
  id text primary key,
  seen_at timestamptz not null
);
revoke all on schema queue from public;
revoke all on queue.job, queue.runner from public;
