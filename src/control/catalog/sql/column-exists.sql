select name from catalog.source_column where source_id = $1
