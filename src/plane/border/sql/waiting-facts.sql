select number, fact from border.outbox where sent_at_ms is null order by number limit $1
