select origin, public_key, sealed, service from ledger.signing_key
