select from observe.asset where id = $1 for update
