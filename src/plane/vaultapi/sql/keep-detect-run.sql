insert into vault.detect_run (id, vault, owner, sealed, until_at) values ($1, $2, $3, $4, $5)
