update border.state set pulled_at_ms = $1 where pulled_at_ms < $1
