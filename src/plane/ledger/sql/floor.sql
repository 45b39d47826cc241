select size, chain from ledger.floor
