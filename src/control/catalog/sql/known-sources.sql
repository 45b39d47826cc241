select s.id, s.schema, s.name, s.state,
  coalesce((select jsonb_object_agg(c.name, c.type) from catalog.source_column c where c.source_id = s.id), '{}') as columns
from catalog.source s
where s.plane = $1 and s.system_id = $2
