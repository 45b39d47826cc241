select t.source_id, y.name || '.' || s.schema || '.' || s.name as full_name, t.column_name, array_agg(t.tag order by t.tag) as tags
from catalog.tagging t
join catalog.source s on s.id = t.source_id and s.state <> 'removed'
join catalog.system y on y.plane = s.plane and y.id = s.system_id
where t.column_name <> '' and t.by_kind <> 'lineage' and t.tag <> 'New'
group by t.source_id, full_name, t.column_name
order by full_name, t.column_name
