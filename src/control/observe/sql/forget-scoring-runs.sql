delete from observe.scoring_run where at < $1
