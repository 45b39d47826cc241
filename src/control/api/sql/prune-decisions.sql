delete from inbox.decision where at < $1
