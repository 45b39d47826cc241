insert into access.project (id, name, created_at) values ($1, $2, $3) on conflict (name) do nothing
