select foreign_keys from catalog.source where id = $1
