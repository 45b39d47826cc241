update catalog.source set state = $2 where id = $1 and state <> 'removed'
