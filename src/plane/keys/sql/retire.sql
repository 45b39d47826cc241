-- $1 scope, $2 version that is the newest; waits for another who does the same and then finds nothing
update keys.data_key set state = 'older' where scope = $1 and version = $2 and state = 'newest'
