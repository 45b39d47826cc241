-- $1 import
delete from vault.import_part where import_id = $1
