delete from inbox.login where at < $1
