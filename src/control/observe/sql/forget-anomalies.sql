delete from observe.anomaly where at < $1
