-- $1 direction, $2 vault id or null for every vault
select c.id, c.direction, c.version, c.document, c.secret
from vault.connection c join vault.vault v on v.number = c.vault_number
where c.direction = $1 and v.state = 'active' and ($2::text is null or v.id = $2)
order by v.id, c.name
