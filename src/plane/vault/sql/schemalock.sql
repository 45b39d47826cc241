-- $1 class, $2 vault number
select pg_advisory_xact_lock($1, $2)
