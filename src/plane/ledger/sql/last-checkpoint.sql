select size, root, signature, signed_at_ms from ledger.checkpoint order by size desc limit 1
