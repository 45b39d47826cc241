update observe.lineage_state set stale = true where not stale
