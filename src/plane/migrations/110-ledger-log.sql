-- The ledger as a transparency log (docs/formats/ledger-log.md): the leaves stay where they are; tiles and bundles lie on
-- the blob store; here is what the one who signs must never forget.

-- The one key of the log. Another origin or key would be another log.
create table ledger.signing_key (
  single boolean primary key default true check (single),
  origin text not null,
  public_key bytea not null check (octet_length(public_key) = 32),
  -- the seed, wrapped by the key service of that name
  sealed bytea not null,
  service text not null,
  created_at_ms bigint not null
);

-- Every checkpoint that was signed, before anybody was shown it.
create table ledger.checkpoint (
  size bigint primary key check (size >= 0),
  root bytea not null check (octet_length(root) = 32),
  signature bytea not null check (octet_length(signature) = 64),
  signed_at_ms bigint not null
);

-- What witnesses answered.
create table ledger.cosignature (
  size bigint not null references ledger.checkpoint on delete cascade,
  name text not null,
  key_id bytea not null check (octet_length(key_id) = 4),
  signature bytea not null check (octet_length(signature) between 1 and 8192),
  primary key (size, name, key_id)
);

revoke all on ledger.signing_key, ledger.checkpoint, ledger.cosignature from public;
