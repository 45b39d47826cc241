select count(distinct key)::int as attributes from identity.attribute where subject_id = $1
