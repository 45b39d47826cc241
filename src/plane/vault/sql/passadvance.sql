-- $1 number, $2 cursor, $3 records, $4 changed, $5 report
update vault.pass set cursor = $2, records = $3, changed = $4, report = $5 where number = $1
