update observe.channel set
  last_sent_at = case when $3::text is null then $2 else last_sent_at end,
  last_failed_at = case when $3::text is null then last_failed_at else $2 end,
  last_failure = case when $3::text is null then null else $3 end
where id = $1
