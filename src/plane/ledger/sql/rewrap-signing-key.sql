-- $1 sealed, $2 service that sealed it, $3 what was sealed before
update ledger.signing_key set sealed = $1, service = $2 where sealed = $3
