update queue.job set done = $2, total = $3 where key = $1
