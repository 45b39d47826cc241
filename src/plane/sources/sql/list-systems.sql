select * from sources.system where $1::text is null or name = $1 order by name
