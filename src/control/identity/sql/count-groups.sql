select count(*)::int as groups from identity.membership where subject_id = $1
