select exists (select from border.outbox where sent_at_ms is null and kind = 'heartbeat') as waits
