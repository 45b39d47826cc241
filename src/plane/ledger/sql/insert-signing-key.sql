insert into ledger.signing_key (origin, public_key, sealed, service, created_at_ms) values ($1, $2, $3, $4, $5)
on conflict do nothing
