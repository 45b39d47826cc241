select name, key_id, signature from ledger.cosignature where size = $1 order by name, key_id
