delete from collector.monitor where name = any($1) returning name, warehouse, document
