-- $1 import, $2 names, $3 blobs, $4 sealed heads, $5 parts that wait, as texts, $6 bytes that wait; takes the place of what was there
insert into vault.import_file (import_id, name, blob, head, parts, bytes)
select $1, name, blob, head, parts::integer[], bytes
from unnest($2::text[], $3::text[], $4::bytea[], $5::text[], $6::bigint[]) as new (name, blob, head, parts, bytes)
on conflict (import_id, name) do update set blob = excluded.blob, head = excluded.head, parts = excluded.parts, bytes = excluded.bytes
