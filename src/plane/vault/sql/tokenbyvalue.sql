-- $1 spaces, $2 value digests; position counts from 1
select wanted.position::integer, t.digest, t.draw
from unnest($1::integer[], $2::bytea[]) with ordinality as wanted (space, value_digest, position)
join vault.token t on t.space = wanted.space and t.value_digest = wanted.value_digest
