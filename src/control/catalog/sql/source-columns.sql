select c.name, c.position, c.type, c.not_null, c.in_key, c.description, c.comment,
  coalesce((select jsonb_agg(jsonb_build_object('name', t.tag, 'by', jsonb_build_object('kind', t.by_kind, 'name', t.by_name))
    order by t.tag) from catalog.tagging t where t.source_id = c.source_id and t.column_name = c.name), '[]') as tags
from catalog.source_column c
where c.source_id = $1
order by c.position
