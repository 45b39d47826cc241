-- $1 import
delete from vault.import_file where import_id = $1 returning blob, parts, used
