update observe.lineage_state set stale = false, revision = $1
