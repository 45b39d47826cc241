-- $1 scope
select scope, version, wrapped, provider from keys.data_key where scope = $1 and state = 'newest'
