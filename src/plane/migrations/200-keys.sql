-- The data keys of the plane, each wrapped by the key service: one row a scope and version (docs/formats/envelope.md).
create schema keys;

create table keys.data_key (
  scope text not null check (scope ~ '^\S{1,255}$'),
  version integer not null check (version >= 1),
  -- what the provider's wrap gave; the key itself is nowhere
  wrapped bytea not null check (octet_length(wrapped) between 1 and 8192),
  -- the provider that can unwrap it
  provider text not null,
  -- the newest of a scope encrypts, the others still decrypt
  state text not null default 'newest' check (state in ('newest', 'older')),
  created_at timestamptz not null default clock_timestamp(),
  primary key (scope, version)
);

-- However many processes use or roll a scope at once, one of them makes the next key.
create unique index data_key_newest on keys.data_key (scope) where state = 'newest';

revoke all on schema keys from public;
revoke all on keys.data_key from public;
