delete from collector.warehouse where name = $1
