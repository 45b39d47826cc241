-- Source systems: where they are, the sealed credentials, what they held when they were last looked at.
create schema sources;

create table sources.system (
  id text primary key,
  name text not null unique,
  -- host name, address or socket directory, lower case
  host text not null,
  port integer not null check (port between 1 and 65535),
  database text not null,
  username text not null,
  tls text not null check (tls in ('disable', 'prefer', 'require', 'verify-ca', 'verify-full')),
  -- PEM of the authorities to believe; null for the system's
  authorities text,
  -- schemas that are governed; null for all
  schemas text[],
  -- envelope of the password (plane/keys), null for a log-in without one
  password bytea,
  mode text not null default 'splice' check (mode in ('splice', 'hardened')),
  gate_role text,
  gate_password bytea,
  registered_by text not null,
  registered_at_ms bigint not null,
  server_version integer not null,
  -- of the dictionary as control is told it: rises with every change
  version bigint not null,
  digest text not null,
  refreshed_at_ms bigint not null,
  -- what somebody should look at, as shown by the API
  findings jsonb not null default '[]',
  unique (host, port, database)
);

-- Barrier views installed in hardened systems, by when they were last asked for.
create table sources.barrier (
  system_id text not null references sources.system on delete cascade,
  name text not null,
  used_at_ms bigint not null,
  primary key (system_id, name)
);

revoke all on schema sources from public;
revoke all on sources.system, sources.barrier from public;
