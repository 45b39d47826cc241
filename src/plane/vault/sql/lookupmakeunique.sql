-- $1 space, $2 whether each value may be in one record only
update vault.lookup set is_unique = $2 where space = $1 and is_unique <> $2
