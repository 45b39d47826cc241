select run_id from collector.told_run where warehouse = $1 and run_id = any($2)
