-- $1 vault id
select p.number, v.id as vault, p.table_id as "table", p.column_id as "column", p.kind, p.state, p.cursor, p.records, p.changed, p.report
from vault.pass p join vault.vault v on v.number = p.vault_number where v.id = $1 order by p.number desc limit 1000
