-- $1 export, $2 from that number on
delete from vault.export_part where export_id = $1 and number >= $2
