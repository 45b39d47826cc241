select scope, version, provider, state, created_at as "createdAt" from keys.data_key order by scope, version
