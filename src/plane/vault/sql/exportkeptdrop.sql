-- $1 export
delete from vault.export_kept where export_id = $1
