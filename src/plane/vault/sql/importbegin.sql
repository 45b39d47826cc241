-- $1 id, $2 manifest, $3 vault number, $4 signer, $5 how many parts; nothing when it has begun already
update vault.import set manifest = $2, vault_number = $3, signer = $4, parts = $5
where id = $1 and manifest is null and ended_at is null
