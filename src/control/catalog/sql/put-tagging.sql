insert into catalog.tagging as t (source_id, column_name, tag, by_kind, by_name, at)
values ($1, $2, $3, $4, $5, $6)
on conflict (source_id, column_name, tag) do update set by_kind = excluded.by_kind, by_name = excluded.by_name, at = excluded.at
  where t.by_kind = 'lineage' and excluded.by_kind <> 'lineage'
