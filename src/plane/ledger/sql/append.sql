select index, leaf_hash, chain from ledger.append($1, $2, $3)
