select 'tags' as what, count(*)::int as held from catalog.tagging where source_id = $1 and column_name = $2 and tag <> 'New'
