delete from observe.node_run where told_at < $1
