select k.provider, k.state, count(*) as keys, min(k.created_at) as oldest, max(k.created_at) as newest,
  (select count(*) from keys.destroyed) as scopes_destroyed
from keys.data_key k group by k.provider, k.state order by k.provider, k.state
