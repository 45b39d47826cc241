-- $1 table number, $2 record ids, $3 now in ms: transient tokens whose time is not over
select space, column_number as "column", record_id as record, digest, binding, expires_at_ms as "expiresAtMs", sealed
from vault.token
where table_number = $1 and record_id = any($2::uuid[]) and expires_at_ms > $3 and sealed is not null
order by expires_at_ms, digest
