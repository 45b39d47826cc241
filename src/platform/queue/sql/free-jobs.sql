-- Jobs of processes that have not been seen for a while are given back at once; graphile-worker itself waits four hours.
with gone as (
  select array_agg(distinct locked_by) as ids
  from graphile_worker.jobs
  where locked_by is not null
    and not exists (
      select from queue.runner where id = locked_by and seen_at > now() - make_interval(secs => $1)
    )
)
select graphile_worker.force_unlock_workers(ids) from gone where ids is not null
