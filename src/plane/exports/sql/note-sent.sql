update ledger.export
set next_index = $2, sent_at_ms = $3, failures = 0, code = null, missed = missed + $4
where name = $1 and holder = $5
