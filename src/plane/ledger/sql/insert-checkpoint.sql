insert into ledger.checkpoint (size, root, signature, signed_at_ms) values ($1, $2, $3, $4)
