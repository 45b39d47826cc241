select i.id, a.plane, concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) as place,
  l.source_id, i.severity, i.state, i.opened_at, i.changed_at, i.resolved_at, i.resolved_by_itself, i.acknowledged_by,
  u.name as assignee, w.check_name, w.kind,
  (select count(*)::int from observe.incident_signal j join observe.signal s using (plane, key)
    where j.incident_id = i.id and s.state = 'failing') as failing,
  array(select distinct o.name from (
      select p.name from catalog.owner x join identity.subject p on p.id = x.subject_id where x.source_id = l.source_id
      union select unnest(s.owners) from observe.incident_signal j join observe.signal s using (plane, key)
        where j.incident_id = i.id) as o
    order by o.name) as owners
from observe.incident i
join observe.asset a on a.id = i.asset_id
left join observe.asset_source l on l.asset_id = a.id
left join identity.subject u on u.id = i.assignee_id
cross join lateral (
  select s.check_name, s.kind from observe.incident_signal j join observe.signal s using (plane, key)
  where j.incident_id = i.id
  order by array_position(array['critical', 'high', 'normal', 'low'], s.severity), s.since, s.key
  limit 1) as w
where ($1::text is null or i.id = $1)
  and ($2::text is null or i.state = $2 or ($2 = 'unresolved' and i.state <> 'resolved'))
  and ($3::text is null or array_position(array['low', 'normal', 'high', 'critical'], i.severity)
    >= array_position(array['low', 'normal', 'high', 'critical'], $3))
  and ($4::text is null or u.name = $4)
  and ($5::text is null or l.source_id = $5
    or concat_ws('.', a.warehouse, nullif(a.schema_name, ''), nullif(a.table_name, '')) = $5)
  and ($6::timestamptz is null or i.opened_at < $6)
order by i.opened_at desc, array_position(array['critical', 'high', 'normal', 'low'], i.severity), place, i.id
limit $7
