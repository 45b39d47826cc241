insert into catalog.tagging (source_id, column_name, tag, by_kind, by_name, at)
select r.source_id, r.name, 'New', 'introspection', 'dictionary', $2
from jsonb_to_recordset($1) as r(source_id text, name text)
on conflict do nothing
