select a.plane, a.warehouse, a.schema_name as schema, a.table_name as table, l.source_id as "sourceId",
  array(select o.name from catalog.owner w join identity.subject o on o.id = w.subject_id
    where w.source_id = l.source_id order by o.name) as owners,
  array(select distinct t.tag from catalog.tagging t where t.source_id = l.source_id order by t.tag) as tags
from observe.asset a left join observe.asset_source l on l.asset_id = a.id
where a.id = $1
