-- Scopes whose keys were destroyed for good (crypto-shredding): no row of keys.data_key remains, and none is ever made again.
create table keys.destroyed (
  scope text primary key check (scope ~ '^\S{1,255}$'),
  -- the newest version there had been; 0 when no key was ever made
  version integer not null check (version >= 0),
  -- index of the leaf `key-destroyed`
  leaf bigint not null check (leaf >= 0),
  destroyed_at timestamptz not null default clock_timestamp()
);

revoke all on keys.destroyed from public;
