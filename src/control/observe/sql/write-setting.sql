insert into observe.setting (scoring, retention, changed_at, changed_by) values ($1, $2, $3, $4)
on conflict (one) do update set scoring = excluded.scoring, retention = excluded.retention, changed_at = excluded.changed_at,
  changed_by = excluded.changed_by
