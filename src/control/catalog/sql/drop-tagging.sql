delete from catalog.tagging where source_id = $1 and column_name = $2 and tag = $3 returning by_kind
