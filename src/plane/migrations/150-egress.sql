-- Ways out of the plane (docs/formats/egress-rule.md); those of the settings file are not in here.
create schema egress;

create table egress.rule (
  id text primary key,
  origin text not null check (origin in ('person', 'system')),
  -- the source system it was made for, so that it goes with it
  system_id text,
  workload text not null,
  host text not null,
  port integer not null check (port between 1 and 65535),
  purpose text not null,
  networks text[] not null default '{}',
  expires_at_ms bigint,
  added_by text,
  added_at_ms bigint not null
);
create index rule_target on egress.rule (workload, port);
create index rule_system on egress.rule (system_id) where system_id is not null;

-- Who may use the forward proxy.
create table egress.workload (
  name text primary key,
  token_sha256 bytea not null check (octet_length(token_sha256) = 32),
  added_by text not null,
  added_at_ms bigint not null
);

revoke all on schema egress from public;
revoke all on egress.rule, egress.workload from public;
