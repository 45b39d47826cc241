-- $1 table number, $2 record ids: their transient tokens answer `gone` for the rest of their time, and nothing has their texts
update vault.token set gone = true, sealed = null
where table_number = $1 and record_id = any($2::uuid[]) and expires_at_ms is not null and not gone
