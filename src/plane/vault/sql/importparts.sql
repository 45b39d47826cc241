-- $1 import
select number, records, tokens, left_out, files from vault.import_part where import_id = $1 order by number
