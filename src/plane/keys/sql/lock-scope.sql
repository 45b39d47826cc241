-- $1 scope; making and destroying a key of a scope take turns until their transactions end
select pg_advisory_xact_lock(hashtextextended('privet/keys/' || $1, 0))
