-- $1 keys of blobs, $2 when they may be removed, ms
insert into vault.trash (key, due_at_ms) select unnest($1::text[]), $2::bigint
on conflict (key) do update set due_at_ms = excluded.due_at_ms
