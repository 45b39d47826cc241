select (entry::jsonb ->> 'time')::bigint as time from ledger.leaf where index = $1
