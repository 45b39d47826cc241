delete from observe.schema_change where at < $1
