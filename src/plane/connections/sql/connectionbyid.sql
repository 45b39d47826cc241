-- $1 id, $2 direction
select c.id, c.direction, c.version, c.document, c.secret
from vault.connection c join vault.vault v on v.number = c.vault_number
where c.id = $1 and c.direction = $2 and v.state = 'active'
