delete from border.outbox where sent_at_ms < $1
