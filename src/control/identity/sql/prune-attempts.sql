delete from identity.attempt where window_at < $1 and (until_at is null or until_at < $2)
