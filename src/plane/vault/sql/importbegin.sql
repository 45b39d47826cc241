-- $1 id, $2 manifest, $3 vault number, $4 signer; nothing when it has begun already
update vault.import set manifest = $2, vault_number = $3, signer = $4 where id = $1 and manifest is null and ended_at is null
