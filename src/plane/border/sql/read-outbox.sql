select number, kind, fact, sent_at_ms, refused from border.outbox where number >= $1 order by number limit $2
