with old as (delete from queue.runner where seen_at < now() - make_interval(secs => $1))
delete from queue.job where ended_at < now() - make_interval(secs => $1)
