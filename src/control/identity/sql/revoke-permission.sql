delete from identity.permission_grant where subject_id = $1 and permission = $2
