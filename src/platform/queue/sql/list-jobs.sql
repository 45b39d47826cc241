select key, task, state, attempt, done, total, problem,
  (extract(epoch from enqueued_at) * 1000)::bigint as enqueued_at_ms,
  (extract(epoch from started_at) * 1000)::bigint as started_at_ms,
  (extract(epoch from ended_at) * 1000)::bigint as ended_at_ms
from queue.job
where ($1::text is null or task = $1) and ($2::text is null or key = $2)
order by enqueued_at desc, key
limit $3
