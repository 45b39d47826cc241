insert into observe.scoring_run (at, series, points, anomalous, duration_ms) values ($1, 0, 0, 0, 0) returning id::text as id
