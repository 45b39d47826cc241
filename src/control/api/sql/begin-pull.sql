update identity.plane set pulled_at_ms = greatest(pulled_at_ms + 1, $2)
where name = $1 and state = 'active'
returning url, pulled_at_ms, facts_through, bundle_serial
