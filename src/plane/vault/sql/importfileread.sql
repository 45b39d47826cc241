-- $1 import, $2 names
select name, parts, bytes, blob, head from vault.import_file where import_id = $1 and name = any($2::text[])
