-- Who may call vaults: roles at a vault with their members, and how service accounts prove themselves to planes.
create table identity.vault_role (
  id text primary key,
  vault text not null,
  name text not null,
  display_name text not null default '',
  description text not null default '',
  -- system roles bring rules of their own; CUSTOM ones only what policies give them
  definition text not null check (definition in ('VAULT_OWNER', 'VAULT_EDITOR', 'VAULT_VIEWER', 'CUSTOM')),
  created_at timestamptz not null,
  created_by text not null,
  unique (vault, name)
);

create table identity.vault_role_member (
  role_id text not null references identity.vault_role on delete cascade,
  subject_id text not null references identity.subject on delete cascade,
  primary key (role_id, subject_id)
);
create index vault_role_member_subject on identity.vault_role_member (subject_id);

create table identity.account (
  subject_id text primary key references identity.subject on delete cascade,
  -- every assertion must carry a context
  enforce_context boolean not null default false,
  -- detokenise takes signed tokens only
  enforce_signed_tokens boolean not null default false,
  -- an assertion is good once
  single_use boolean not null default false,
  network_status text not null default 'INACTIVE'
    check (network_status in ('INACTIVE', 'ACTIVE_ALL', 'ACTIVE_AUTH_ONLY')),
  networks text[] not null default '{}'
);

-- The public half only; the private one was shown once, or never was here.
create table identity.account_key (
  id text primary key,
  subject_id text not null references identity.account on delete cascade,
  use text not null check (use in ('assertion', 'signed-token')),
  -- SubjectPublicKeyInfo, DER
  public_key bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index account_key_subject on identity.account_key (subject_id);

create table identity.api_key (
  id text primary key,
  subject_id text not null references identity.account on delete cascade,
  sha256 bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index api_key_subject on identity.api_key (subject_id);
