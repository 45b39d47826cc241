delete from operator.output where at_ms < $1
