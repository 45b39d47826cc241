update operator.clock set high_ms = greatest(high_ms, $1) returning high_ms
