-- $1 age in seconds, $2 prefix of the scopes that roll by themselves
select scope from keys.data_key
where state = 'newest' and starts_with(scope, $2) and created_at < clock_timestamp() - make_interval(secs => $1)
order by scope
