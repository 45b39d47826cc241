-- Tests the monitor made before and no longer makes.
update observe.test t set removed_at = $5
from observe.monitor m
where m.plane = $1 and m.warehouse = $2 and m.name = $3
  and t.plane = m.plane and t.test = any (m.tests_before) and not t.test = any ($4::text[]) and t.removed_at is null
returning t.test
