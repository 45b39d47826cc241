-- Counts the attempt before it is judged, so that parallel guesses cannot slip under the limit.
insert into identity.attempt as a (scope, failures, window_at, until_at)
values ($1, 1, $2, null)
on conflict (scope) do update set
  failures = case when a.window_at < $3 then 1 else a.failures + 1 end,
  window_at = case when a.window_at < $3 then $2 else a.window_at end,
  until_at = case
    when a.window_at >= $3 and a.failures + 1 >= $4 then $5
    else a.until_at end
where a.until_at is null or a.until_at <= $2
returning failures, until_at
