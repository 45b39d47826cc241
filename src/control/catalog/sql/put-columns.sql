insert into catalog.source_column (source_id, name, position, type, not_null, in_key, comment, first_seen_at)
select r.source_id, r.name, r.position, r.type, r.not_null, r.in_key, r.comment, $2
from jsonb_to_recordset($1) as r(source_id text, name text, position int, type text, not_null boolean, in_key boolean,
  comment text)
on conflict (source_id, name) do update set
  position = excluded.position, type = excluded.type, not_null = excluded.not_null, in_key = excluded.in_key,
  comment = excluded.comment
