insert into observe.channel (id, name, kind, settings, created_at) values ($1, $2, $3, $4, $5)
on conflict (name) do nothing
