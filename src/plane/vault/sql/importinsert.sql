-- $1 id, $2 sealed private key, $3 recipient
insert into vault.import (id, recipient_key, recipient) values ($1, $2, $3)
