-- $1 table number, $2 ids, $3 versions, $4 subject numbers, $5 bodies one after the other, $6 where each begins, $7 sizes
update vault.record r
set version = new.version, subject_number = new.subject, body = substring($5::bytea from new.start for new.size)
from unnest($2::uuid[], $3::integer[], $4::bigint[], $6::integer[], $7::integer[]) as new (id, version, subject, start, size)
where r.table_number = $1 and r.id = new.id
