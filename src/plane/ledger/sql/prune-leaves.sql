delete from ledger.leaf where index < $1
