select relation, through_ms from collector.elementary_mark where warehouse = $1
