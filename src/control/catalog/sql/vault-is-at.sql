-- $1 vault, $2 plane, $3 version
select from catalog.vault where id = $1 and plane = $2 and version = $3
