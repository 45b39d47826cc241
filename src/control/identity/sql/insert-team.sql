insert into identity.team (id, name, description, created_at) values ($1, $2, $3, $4)
on conflict (name) do nothing
