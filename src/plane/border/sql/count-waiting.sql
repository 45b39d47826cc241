select count(*) as waiting, min((fact::jsonb ->> 'timeMs')::bigint) filter (where first) as oldest
from (
  select fact, row_number() over (order by number) = 1 as first
  from border.outbox where sent_at_ms is null
) waiting
