delete from catalog.source_column c
using jsonb_to_recordset($1) as r(source_id text, name text)
where c.source_id = r.source_id and c.name = r.name
