-- $1 import, $2 number
select number from vault.import_part where import_id = $1 and number = $2
