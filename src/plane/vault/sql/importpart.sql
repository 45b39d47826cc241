-- $1 import, $2 number, $3 records, $4 tokens, $5 left out, $6 files, $7 how many digests were looked at; nothing when there are more, or it is over
insert into vault.import_part (import_id, number, records, tokens, left_out, files)
select id, $2::integer, $3::integer, $4::integer, $5::integer, $6::integer from vault.import
where id = $1 and ended_at is null and cardinality(forgotten) = $7::integer
for share
