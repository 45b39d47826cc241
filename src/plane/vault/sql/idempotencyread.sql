-- $1 vault number, $2 key digest
select request_digest as request, answer from vault.idempotency where vault_number = $1 and key_digest = $2
