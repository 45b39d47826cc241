insert into inbox.decision (plane, number, at, subject_id, project, purpose, door, mode, effect, bundle_serial, sources,
  decision_ids, rows, duration_micros, fingerprint)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict do nothing
