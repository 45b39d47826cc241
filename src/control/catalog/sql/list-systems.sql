select s.plane, s.id, s.name, s.state, s.mode, s.engine, s.server_version, s.registered_at, s.updated_at,
  count(x.id) filter (where x.state <> 'removed')::int as sources,
  (select count(*)::int from catalog.tagging t join catalog.source y on y.id = t.source_id
    where y.plane = s.plane and y.system_id = s.id and t.tag = 'New' and y.state <> 'removed') as unreviewed
from catalog.system s left join catalog.source x on x.plane = s.plane and x.system_id = s.id
where s.state = 'active' and ($1::text is null or s.plane = $1)
group by s.plane, s.id
order by s.name, s.plane
