insert into access.revision (number, at, by_name, message) values ($1, $2, $3, $4)
