select index, entry, leaf_hash, chain, details from ledger.leaf where index >= $1 and index < $2 order by index
