insert into inbox.decision (plane, number, at, subject_id, purpose, door, mode, effect, bundle_serial, sources, decision_ids,
  rows, duration_micros, operation, requests)
values ($1, $2, $3, $4, $5, $6, 'vault', $7, $8, $9, $10, $11, $12, $13, $14)
on conflict do nothing
