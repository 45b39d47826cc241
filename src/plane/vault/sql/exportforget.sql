-- $1 number of a subject
update vault.export_kept set body = null, subject_number = null where subject_number = $1
