update ledger.leaf set details = null where index < $1 and details is not null
