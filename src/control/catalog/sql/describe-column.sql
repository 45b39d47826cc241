update catalog.source_column set description = $3 where source_id = $1 and name = $2
