select stale, revision::text as revision from observe.lineage_state for update skip locked
