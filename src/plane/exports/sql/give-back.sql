update ledger.export set holder = null where name = $1 and holder = $2
