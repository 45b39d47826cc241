-- $1 number, $2 state, $3 report
update vault.pass set state = $2, report = $3, ended_at = clock_timestamp() where number = $1
