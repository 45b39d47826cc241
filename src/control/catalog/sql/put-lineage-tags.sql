with wanted as (
  select x.source_id, x.column_name, x.tag, min(x.by_name) as by_name
  from jsonb_to_recordset($1::jsonb) as x(source_id text, column_name text, tag text, by_name text)
  join catalog.source_column c on c.source_id = x.source_id and c.name = x.column_name
  where not exists (select from catalog.lineage_refusal r
      where r.source_id = x.source_id and r.column_name = x.column_name and r.tag = x.tag)
    and not exists (select from catalog.tagging t
      where t.source_id = x.source_id and t.column_name = x.column_name and t.tag = x.tag)
  group by x.source_id, x.column_name, x.tag
), fitting as (
  select w.*, row_number() over (partition by w.source_id, w.column_name order by w.tag)
    + (select count(*) from catalog.tagging t where t.source_id = w.source_id and t.column_name = w.column_name) as place
  from wanted w
), put as (
  insert into catalog.tagging (source_id, column_name, tag, by_kind, by_name, at)
  select source_id, column_name, tag, 'lineage', by_name, $2 from fitting where place <= $3
  on conflict do nothing
  returning source_id, column_name, tag
)
select y.name || '.' || s.schema || '.' || s.name as full_name, p.column_name, p.tag
from put p join catalog.source s on s.id = p.source_id join catalog.system y on y.plane = s.plane and y.id = s.system_id
order by 1, 2, 3
