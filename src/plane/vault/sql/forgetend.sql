-- $1 number, $2 when the key was destroyed, $3 index of the leaf
update vault.subject set state = 'forgotten', key_destroyed_at_ms = $2, leaf = $3 where number = $1
