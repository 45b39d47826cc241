-- $1 keys of blobs, $2 when they may be removed, ms; $3 not while an export may read them
insert into vault.trash (key, due_at_ms, held) select unnest($1::text[]), $2::bigint, $3::boolean
on conflict (key) do update set due_at_ms = excluded.due_at_ms, held = excluded.held
