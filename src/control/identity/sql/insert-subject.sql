insert into identity.subject (id, name, kind, display_name, created_at, created_by)
values ($1, $2, $3, $4, $5, $6)
on conflict (name) do nothing
