select name, next_index, missed, sent_at_ms, failures, code, failed_at_ms from ledger.export order by name
