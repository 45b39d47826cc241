insert into access.member (project_id, subject_id, added_at, added_by) values ($1, $2, $3, $4)
on conflict (project_id, subject_id) do nothing
