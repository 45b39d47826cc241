-- Connections: calls between applications and third parties in which tokens become values and values tokens
-- (docs/formats/connection.md, docs/design/connections.md).
create table vault.connection (
  id text primary key check (id ~ '^con_'),
  vault_number integer not null references vault.vault,
  direction text not null check (direction in ('outbound', 'inbound')),
  name text not null,
  -- rises with every change, also of the secret
  version integer not null check (version >= 1),
  document jsonb not null,
  -- what the target (inbound: the caller) is shown or shows, sealed under the plane's keys
  secret bytea
);
create unique index connection_name on vault.connection (vault_number, name);
