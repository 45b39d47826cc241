-- $1 scope
select scope, version, leaf::float8 as leaf, destroyed_at as "destroyedAt" from keys.destroyed where scope = $1
