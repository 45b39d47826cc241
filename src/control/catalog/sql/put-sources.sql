insert into catalog.source (id, plane, system_id, schema, name, kind, comment, foreign_keys, first_seen_at)
select r.id, $1, $2, r.schema, r.name, r.kind, r.comment, r.foreign_keys, $4
from jsonb_to_recordset($3) as r(id text, schema text, name text, kind text, comment text, foreign_keys jsonb)
on conflict (id) do update set
  kind = excluded.kind, comment = excluded.comment, foreign_keys = excluded.foreign_keys,
  state = case when catalog.source.state = 'removed' then 'active' else catalog.source.state end
