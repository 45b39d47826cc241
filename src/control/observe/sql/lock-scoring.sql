select pg_try_advisory_xact_lock(774840) as held
