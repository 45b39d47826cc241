delete from identity.membership where team_id = $1 and subject_id = $2
