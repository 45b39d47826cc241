delete from sources.system where id = $1
