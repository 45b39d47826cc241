insert into operator.version (version) values ($1) on conflict (single) do update set version = excluded.version
