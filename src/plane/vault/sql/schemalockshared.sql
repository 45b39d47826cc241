-- $1 class, $2 vault number
select pg_advisory_xact_lock_shared($1, $2)
