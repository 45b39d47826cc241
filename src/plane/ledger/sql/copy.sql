copy ledger.leaf (index, entry, leaf_hash, chain, details) from stdin
