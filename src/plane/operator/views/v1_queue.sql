select task, state, count(*) as jobs, max(attempt) as attempts, min(enqueued_at) as oldest
from queue.job group by task, state order by task, state
