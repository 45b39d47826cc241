insert into collector.told_run (warehouse, run_id, told_at_ms) values ($1, $2, $3) on conflict do nothing returning run_id
