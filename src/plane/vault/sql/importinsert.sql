-- $1 id, $2 sealed private key, $3 recipient, $4 now in milliseconds
insert into vault.import (id, recipient_key, recipient, created_at) values ($1, $2, $3, to_timestamp($4::float8 / 1000))
