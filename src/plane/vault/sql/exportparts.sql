-- $1 export
select number, sha256, records, tokens, transient_tokens as "transientTokens", files, table_number as "tableNumber", last_record as "lastRecord"
from vault.export_part where export_id = $1 order by number
