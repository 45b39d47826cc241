update queue.job set state = $2, problem = $3, ended_at = case when $2 = 'retrying' then null else now() end where key = $1
