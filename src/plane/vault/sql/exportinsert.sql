-- $1 id, $2 vault number, $3 schema version, $4 recipient, $5 sealed private key, $6 now in ms, $7 leaves, $8 records
insert into vault.export (id, vault_number, schema_version, recipient, sender_key, began_at_ms, ledger_size, records)
values ($1, $2, $3, $4, $5, $6, $7, $8)
