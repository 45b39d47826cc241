-- What vaults are made of, as planes tell it: names and ids, no value.
create table catalog.vault (
  id text primary key,
  plane text not null,
  name text not null,
  description text not null,
  -- the plane's own count: an older or equal schema changes nothing
  version bigint not null,
  tables jsonb not null,
  updated_at timestamptz not null
);
create unique index vault_name on catalog.vault (plane, name);
