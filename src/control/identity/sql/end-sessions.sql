delete from identity.session where subject_id = $1 and id <> $2
