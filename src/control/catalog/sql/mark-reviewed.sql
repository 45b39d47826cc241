update catalog.source set reviewed_at = $2, reviewed_by = $3 where id = $1
