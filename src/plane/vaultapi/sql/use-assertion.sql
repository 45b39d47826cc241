insert into vault.assertion_use (digest, until_at) values ($1, $2) on conflict do nothing
