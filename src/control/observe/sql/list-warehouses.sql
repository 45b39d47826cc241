select name, engine, state from observe.warehouse where state <> 'removed' order by name
