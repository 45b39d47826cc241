insert into catalog.tagging (source_id, column_name, tag, by_kind, by_name, at)
values ($1, $2, $3, $4, $5, $6)
on conflict do nothing
