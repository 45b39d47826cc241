-- $1 tags of columns that stay, $2 plane, $3 system
delete from catalog.tagging t using catalog.source s
where s.id = t.source_id and s.plane = $2 and s.system_id = $3 and t.by_kind = 'introspection' and t.by_name = 'vault'
  and not exists (select from jsonb_to_recordset($1::jsonb) as x(source_id text, column_name text, tag text)
    where x.source_id = t.source_id and x.column_name = t.column_name and x.tag = t.tag)
returning t.column_name, t.tag
