-- $1 scope, $2 newest version there had been, $3 index of the leaf
insert into keys.destroyed (scope, version, leaf) values ($1, $2, $3)
returning scope, version, leaf::float8 as leaf, destroyed_at as "destroyedAt"
