update border.outbox set sent_at_ms = $2, refused = $3
where sent_at_ms is null and number <= $1
