delete from observe.run where told_at < $1
