-- $1 import, $2 names of files that a record has now; nothing for one that another has
update vault.import_file set used = true where import_id = $1 and name = any($2::text[]) and not used
