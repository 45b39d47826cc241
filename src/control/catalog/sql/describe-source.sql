update catalog.source set description = $2 where id = $1
