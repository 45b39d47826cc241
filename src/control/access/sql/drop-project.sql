delete from access.project where name = $1
