select index, chain from ledger.leaf where index = $1
