select number, name, breaking, applied_at from public.privet_migrations order by number
