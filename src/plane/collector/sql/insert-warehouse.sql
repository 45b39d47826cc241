insert into collector.warehouse (name, engine, place, results, mode, collector_role, collector_password, reader_role,
  reader_password, reach_digest, looked_at_ms, registered_by, registered_at_ms, elementary)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $13)
