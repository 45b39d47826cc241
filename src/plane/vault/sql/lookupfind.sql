-- $1 space, $2 digests, $3 how many at most; position counts from 1
select wanted.position::integer, l.record_id as record, l.table_number as "table"
from unnest($2::bytea[]) with ordinality as wanted (digest, position)
join vault.lookup l on l.space = $1 and l.digest = wanted.digest
order by wanted.position, l.record_id limit $3
