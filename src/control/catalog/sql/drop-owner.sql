delete from catalog.owner where source_id = $1 and subject_id = $2
