with gone as (
  delete from catalog.tagging t
  where t.by_kind = 'lineage' and not t.source_id = any ($2::text[])
    and not exists (select from jsonb_to_recordset($1::jsonb) as x(source_id text, column_name text, tag text)
      where x.source_id = t.source_id and x.column_name = t.column_name and x.tag = t.tag)
  returning t.source_id, t.column_name, t.tag
)
select y.name || '.' || s.schema || '.' || s.name as full_name, g.column_name, g.tag
from gone g join catalog.source s on s.id = g.source_id join catalog.system y on y.plane = s.plane and y.id = s.system_id
order by 1, 2, 3
