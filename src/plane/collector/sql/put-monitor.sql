insert into collector.monitor (name, warehouse, document, due_through_ms, applied_by, applied_at_ms)
values ($1, $2, $3, $4, $5, $4)
on conflict (name) do update set warehouse = excluded.warehouse, document = excluded.document,
  applied_by = excluded.applied_by, applied_at_ms = excluded.applied_at_ms
where collector.monitor.document <> excluded.document
returning name
