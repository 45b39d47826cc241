select 'warehouse' as what, w.engine, w.mode, w.state, w.fault, count(*) as items, min(to_timestamp(w.looked_at_ms / 1000.0)) as oldest_look
from collector.warehouse w group by w.engine, w.mode, w.state, w.fault
union all
select 'monitor', w.engine, w.mode, null, null, count(*), null
from collector.monitor m join collector.warehouse w on w.name = m.warehouse group by w.engine, w.mode
order by 1, 2, 3, 4
