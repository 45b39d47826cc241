delete from access.decision where first_at < $1
