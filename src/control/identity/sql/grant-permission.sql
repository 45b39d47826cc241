insert into identity.permission_grant (subject_id, permission, granted_at, granted_by)
values ($1, $2, $3, $4)
on conflict do nothing
