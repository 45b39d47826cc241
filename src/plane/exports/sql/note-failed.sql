update ledger.export set failures = failures + 1, code = $2, failed_at_ms = $3 where name = $1 and holder = $4
