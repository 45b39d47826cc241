-- Vaults on their way in (docs/formats/vault-export.md): seen by nobody until all of them is here.
alter table vault.vault drop constraint vault_state_check;
alter table vault.vault add constraint vault_state_check check (state in ('active', 'archived', 'importing'));

create table vault.import (
  id text primary key check (id ~ '^imp_'),
  -- sealed private key that parts are sealed for; gone when the import is over
  recipient_key bytea,
  recipient text not null,
  -- the manifest as it was signed, once it was believed
  manifest text,
  -- digests of who was forgotten where it comes from, as a signed list says
  forgotten text[] not null default '{}',
  vault_number integer references vault.vault,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);

-- Parts that are in: written with their records in one transaction.
create table vault.import_part (
  import_id text not null references vault.import,
  number integer not null,
  records integer not null,
  tokens integer not null,
  left_out integer not null,
  primary key (import_id, number)
);
