insert into catalog.tag (name, description, sensitive, created_at, created_by)
values ($1, $2, $3, $4, $5)
on conflict (name) do nothing
