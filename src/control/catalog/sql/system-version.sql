select version::text as version from catalog.system where plane = $1 and id = $2
