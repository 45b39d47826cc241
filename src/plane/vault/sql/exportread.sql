-- $1 id
select v.id as vault, e.vault_number as "vaultNumber", e.schema_version as "schemaVersion", e.recipient, e.sender_key as "senderKey",
  e.began_at_ms::float8 as "beganAtMs", e.ledger_size::float8 as "ledgerSize", e.records::float8 as records, e.ended_at_ms is not null as ended
from vault.export e join vault.vault v on v.number = e.vault_number where e.id = $1
