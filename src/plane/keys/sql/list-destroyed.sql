-- $1 how many at most
select scope, version, leaf::float8 as leaf, destroyed_at as "destroyedAt" from keys.destroyed
order by destroyed_at desc, scope
limit $1
