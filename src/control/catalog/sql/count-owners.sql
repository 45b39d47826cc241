select 'owners' as what, count(*)::int as held from catalog.owner where source_id = $1
