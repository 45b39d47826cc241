select o.kind, count(*) filter (where o.sent_at_ms is null) as waiting,
  count(*) filter (where o.sent_at_ms is not null and not o.refused) as sent, count(*) filter (where o.refused) as refused,
  max(o.number) as newest, (select s.release_mode from border.state s) as release
from border.outbox o group by o.kind order by o.kind
