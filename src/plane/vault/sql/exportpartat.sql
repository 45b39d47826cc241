-- $1 export, $2 number
select sha256, table_number as "tableNumber", last_record as "lastRecord" from vault.export_part where export_id = $1 and number = $2
