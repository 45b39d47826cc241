-- $1 export, $2 reader, $3 number, $4 sha256, $5 records, $6 tokens, $7 transient tokens, $8 files, $9 table number, $10 last record;
-- nothing when somebody else reads it, it is over, or its vault has another schema
insert into vault.export_part (export_id, number, sha256, records, tokens, transient_tokens, files, table_number, last_record)
select e.id, $3::integer, $4, $5::integer, $6::integer, $7::integer, $8::integer, $9::integer, $10::uuid
from vault.export e join vault.vault v on v.number = e.vault_number
where e.id = $1 and e.reader = $2 and e.ended_at_ms is null and v.version = e.schema_version and v.state = 'active'
for share of e
