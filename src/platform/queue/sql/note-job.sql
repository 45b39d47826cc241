-- A key that is known and has not failed is not taken again.
insert into queue.job (key, task) values ($1, $2)
on conflict (key) do update set
  task = excluded.task, state = 'waiting', attempt = 0, done = 0, total = null, problem = null,
  enqueued_at = now(), started_at = null, ended_at = null
where queue.job.state = 'failed'
returning key
