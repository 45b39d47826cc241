-- $1 table number, $2 ids, $3 versions, $4 subject numbers, $5 bodies one after the other, $6 where each begins, $7 sizes
insert into vault.record (table_number, id, version, subject_number, body)
select $1, id, version, subject, substring($5::bytea from start for size)
from unnest($2::uuid[], $3::integer[], $4::bigint[], $6::integer[], $7::integer[]) as new (id, version, subject, start, size)
