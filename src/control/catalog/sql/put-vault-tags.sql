-- $1 tags of columns, $2 now, $3 how many tags a place has at most; what a person put on stays theirs
with wanted as (
  select x.source_id, x.column_name, x.tag,
    row_number() over (partition by x.source_id, x.column_name order by x.tag)
      + (select count(*) from catalog.tagging t where t.source_id = x.source_id and t.column_name = x.column_name) as place
  from jsonb_to_recordset($1::jsonb) as x(source_id text, column_name text, tag text)
  where not exists (select from catalog.tagging t
    where t.source_id = x.source_id and t.column_name = x.column_name and t.tag = x.tag and t.by_kind <> 'lineage')
)
insert into catalog.tagging as t (source_id, column_name, tag, by_kind, by_name, at)
select source_id, column_name, tag, 'introspection', 'vault', $2 from wanted where place <= $3
on conflict (source_id, column_name, tag) do update set by_kind = excluded.by_kind, by_name = excluded.by_name, at = excluded.at
returning column_name, tag
