select m.name, m.warehouse, m.document, m.due_through_ms, m.last_run_id, m.applied_by, m.applied_at_ms
from collector.monitor m
where ($1::text is null or m.name = $1) and ($2::text is null or m.warehouse = $2)
order by m.name
