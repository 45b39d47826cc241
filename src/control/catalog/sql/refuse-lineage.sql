insert into catalog.lineage_refusal (source_id, column_name, tag, by_name, at)
values ($1, $2, $3, $4, $5)
on conflict do nothing
