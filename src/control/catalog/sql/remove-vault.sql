delete from catalog.vault where id = $1 and plane = $2
