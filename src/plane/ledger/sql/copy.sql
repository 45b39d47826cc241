copy ledger.leaf (index, entry, leaf_hash, chain) from stdin
