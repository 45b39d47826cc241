insert into access.decision (id, plane, subject_id, source_id, project_id, purpose, first_at, decision)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do nothing
