insert into operator."grant" (id, operator, capability, reason, ticket, scope, rows_max, duration_ms, approvals_needed, emergency,
  requested_at_ms, request_leaf, stage, active_from_ms, not_after_ms, activated_leaf)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
