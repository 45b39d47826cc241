delete from access.member where project_id = $1 and subject_id = $2
