delete from operator.quarantined where at_ms < $1
