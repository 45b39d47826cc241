select id, name, kind, settings, state, secret_set_at, secret_set_by, last_sent_at, last_failed_at, last_failure
from observe.channel
where secret_set_at is not null
order by name
