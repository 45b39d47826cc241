-- Who may sign in, what they are, and what they did to control.
create schema identity;

-- One row. `revision` rises with every change that a bundle shows: control/access compares it before it builds a new
-- one. `act` numbers the acts without a gap, which a sequence would not.
create table identity.revision (
  one boolean primary key default true check (one),
  revision bigint not null default 1,
  act bigint not null default 0
);
insert into identity.revision default values;

create table identity.subject (
  id text primary key,
  name text not null unique check (name = lower(name) and length(name) between 1 and 63),
  kind text not null check (kind in ('person', 'service')),
  display_name text not null default '',
  state text not null default 'active' check (state in ('active', 'locked', 'disabled')),
  -- argon2id, PHC string; null for service accounts and for people who have no password yet
  password_hash text,
  -- a password somebody else chose: good for signing in to change it, not for the gateway
  password_temporary boolean not null default false,
  password_set_at timestamptz,
  -- SCRAM-SHA-256 (RFC 5802) for the gateway: { salt, iterations, storedKey, serverKey }, base64; null without a password
  scram jsonb,
  created_at timestamptz not null,
  created_by text not null
);

create table identity.permission_grant (
  subject_id text not null references identity.subject on delete cascade,
  permission text not null
    check (permission in ('governor', 'data-owner', 'user-admin', 'auditor', 'operator')),
  granted_at timestamptz not null,
  granted_by text not null,
  primary key (subject_id, permission)
);

create table identity.team (
  id text primary key,
  name text not null unique,
  description text not null default '',
  created_at timestamptz not null
);
comment on table identity.team is 'groups of subjects; `group` is a word of SQL''s own';

create table identity.membership (
  team_id text not null references identity.team on delete cascade,
  subject_id text not null references identity.subject on delete cascade,
  primary key (team_id, subject_id)
);
create index membership_subject on identity.membership (subject_id);

create table identity.attribute (
  subject_id text not null references identity.subject on delete cascade,
  key text not null,
  value text not null,
  primary key (subject_id, key, value)
);

create table identity.token (
  id text primary key,
  subject_id text not null references identity.subject on delete cascade,
  label text not null,
  sha256 bytea not null unique,
  -- verifier of the whole token text, so that the token is a gateway password too
  scram jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index token_subject on identity.token (subject_id);

create table identity.session (
  id text primary key,
  subject_id text not null references identity.subject on delete cascade,
  kind text not null check (kind in ('cookie', 'bearer')),
  sha256 bytea not null unique,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  address text not null
);
create index session_subject on identity.session (subject_id);

-- Failures by account name (known or not) and by address; `until_at` is when the door opens again.
create table identity.attempt (
  scope text primary key,
  failures integer not null,
  window_at timestamptz not null,
  until_at timestamptz
);

create table identity.plane (
  name text primary key,
  region text not null default '',
  url text not null,
  token_sha256 bytea not null unique,
  state text not null default 'active' check (state in ('active', 'disabled')),
  enrolled_at timestamptz not null,
  enrolled_by text not null,
  seen_at timestamptz,
  -- acts before this are not the plane's: its own count begins here
  acts_before bigint not null,
  -- the last act the plane has in its ledger, in its own count, as its heartbeat says
  acts_through bigint not null default 0,
  -- the last fact taken in from the plane
  facts_through bigint not null default 0,
  -- the newest bundle the plane said it holds
  bundle_serial bigint not null default 0
);

-- What people did to control. Metadata only: no free text, no value, no secret.
create table identity.act (
  number bigint primary key,
  at timestamptz not null,
  -- null: control itself
  actor_id text,
  actor_name text not null,
  action text not null,
  target text not null,
  -- SHA-256, hex, of the canonical JSON of the thing after the act
  after text,
  request_id text not null,
  address text not null
);
create index act_at on identity.act (at);
