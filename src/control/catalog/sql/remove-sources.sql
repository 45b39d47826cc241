update catalog.source set state = 'removed' where id = any ($1::text[])
