select g.id, g.operator from operator."grant" g, operator.clock c
where g.stage = 'active' and g.capability = 'upgrade' and g.not_after_ms > greatest(c.high_ms, $1)
order by g.id limit 1
