select fact from border.outbox where sent_at_ms is null and number > $1 and number <= $2 order by number
