select id, name from access.project
