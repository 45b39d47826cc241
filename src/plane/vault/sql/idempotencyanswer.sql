-- $1 vault number, $2 key digest, $3 sealed answer
update vault.idempotency set answer = $3 where vault_number = $1 and key_digest = $2
