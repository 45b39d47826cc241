delete from identity.session where expires_at < $1
