update observe.scoring_run set series = $2, points = $3, anomalous = $4, duration_ms = $5 where id = $1
