delete from sources.barrier where system_id = $1 and name = any ($2)
