-- $1 plane, $2 system, $3 vault, $4 version, $5 columns with ids and tags: where they are in the catalog, when it knows that version
select c.source_id as "sourceId", c.name as column, x.tags
from jsonb_to_recordset($5::jsonb) as x("table" text, "column" text, tags jsonb)
join catalog.vault v on v.id = $3 and v.plane = $1 and v.version = $4
cross join lateral jsonb_to_recordset(v.tables) as t(id text, name text, columns jsonb)
cross join lateral jsonb_to_recordset(t.columns) as k(id text, name text)
join catalog.source s on s.plane = $1 and s.system_id = $2 and s.name = t.name and s.state <> 'removed'
join catalog.source_column c on c.source_id = s.id and c.name = k.name
where t.id = x."table" and k.id = x."column"
order by 1, 2
