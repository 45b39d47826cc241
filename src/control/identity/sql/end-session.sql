delete from identity.session where id = $1 and subject_id = $2
